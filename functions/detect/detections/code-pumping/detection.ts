import { defineDetection, severityOf } from "../../detection.ts";
import { codeRequests, countedCalls, excusedCalls, isUnproven, sum } from "../../operations.ts";

/** AWS' price list, by country of the recipient; carriers' fees come on top in some. */
const PRICES = "https://aws.amazon.com/end-user-messaging/pricing/";

export const codePumping = defineDetection({
  id: "code-pumping",
  title: "Codes sent at our cost",
  meaning:
    "One source has codes sent again and again. Whoever owns the numbers earns a share of each text message, and the people behind them are pestered.",
  operations: "ForgotPassword, ResendConfirmationCode, GetUserAttributeVerificationCode",
  mitre: { id: "T1496.003", name: "Resource Hijacking: SMS Pumping" },
  confidence: "high",
  weight: 0.9,
  needs: ["waf"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "person" },
  basis: "absolute",
  gaps: [
    "The cost is an estimate at an assumed price: logs tell neither the destination, by which prices differ more than tenfold, nor whether the code went by mail, which costs next to nothing.",
    "Codes that a sign-up sends count for sign-up-burst, and codes of a sign-in (a second factor, or none but a code) are not seen.",
    "A help desk that resets passwords for many users through the public API looks the same.",
  ],
  thresholds: {
    watchAt: { short: 15, slow: 25, meaning: "requests for a code from which the source is watched" },
    banAt: { short: 30, slow: 50, meaning: "requests for a code from which the source is banned" },
    usdPerMessage: {
      short: 0.05,
      slow: 0.05,
      meaning: `US dollars that one text message is taken to cost: an assumption, put in the price of your users' country (${PRICES})`,
    },
  },
  leastCalls: ({ watchAt, banAt }) => Math.min(watchAt, banAt),
  judge(profile, { watchAt, banAt, usdPerMessage }) {
    const requests = profile.operations.filter(({ operation }) => codeRequests.has(operation));
    const asked = sum(requests, (tally) => countedCalls(tally) - excusedCalls(tally) - tally.unknownUsers);
    const severity = severityOf(asked, watchAt, banAt);
    if (severity === 0) return null;
    // Where no log tells the answer, a message is taken to have been sent.
    const messages = sum(requests, ({ accepted, unknown }) => accepted + unknown);
    const estimatedUsd = Math.round(messages * usdPerMessage * 100) / 100;
    return {
      severity,
      text: `${asked} requests for a code, ${messages} messages sent: about $${estimatedUsd.toFixed(2)} if all were text messages at an estimated $${usdPerMessage} each`,
      observed: { codeRequests: asked, messages, estimatedUsd },
      doubtful: isUnproven(requests, asked, banAt),
    };
  },
});
