import { besideFigures } from "../../bench/beside-figures.ts";
import { errorThreshold, requestThreshold } from "../../bench/peers/counters.ts";
import { crowdSec, crowdSecSlow } from "../../bench/peers/leaky-bucket.ts";
import { outcomesOf } from "../../bench/side-by-side.ts";
import { callOf } from "../../bench/traffic/actor.ts";
import { type Call, errors } from "../../bench/traffic/log-records.ts";
import { drawMix, MONDAY, type Truth } from "../../bench/traffic/mix.ts";
import { HOUR, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";

const ip = "203.0.113.7";
/** Failed sign-ins of one address. */
function failures(count: number, everySeconds: number, of: Partial<Call> & { users?: number } = {}): Call[] {
  const { users = 1, ...call } = of;
  return Array.from({ length: count }, (_, index) =>
    callOf({ ip }, MONDAY + index * everySeconds * SECOND, {
      ...{ user: `user-${index % users}`, error: errors.wrongPassword },
      ...call,
    }),
  );
}
const secondsToBlock = (at: number | undefined) => (at === undefined ? null : (at - MONDAY) / SECOND);

test.each([
  { case: "five failures at once fit in", calls: failures(5, 0), fast: null, slow: null },
  { case: "the sixth overflows", calls: failures(6, 0), fast: 0, slow: 0 },
  { case: "one in ten seconds leaks out as it comes", calls: failures(200, 10), fast: null, slow: 110 },
  { case: "one in nine seconds fills the bucket slowly", calls: failures(200, 9), fast: 369, slow: 99 },
  { case: "one a minute is never too many", calls: failures(200, 60), fast: null, slow: null },
  { case: "ten users in a second each", calls: failures(10, 1, { users: 10 }), fast: 5, slow: 5 },
  { case: "what went well", calls: failures(99, 0, { error: null }), fast: null, slow: null },
  { case: "an error of our own", calls: failures(99, 0, { error: errors.triggerFailed }), fast: null, slow: null },
])("a leaky bucket: $case", ({ calls, fast, slow }) => {
  expect(secondsToBlock(crowdSec.findBlocks(calls).get(ip))).toBe(fast);
  expect(secondsToBlock(crowdSecSlow.findBlocks(calls).get(ip))).toBe(slow);
});

test.each([
  { case: "49 errors in a minute", calls: failures(49, 1), byErrors: null, byRequests: 300 },
  { case: "50 errors in a minute", calls: failures(50, 1), byErrors: 300, byRequests: 300 },
  {
    case: "20 requests in a minute, none an error",
    calls: failures(20, 3, { error: null }),
    byErrors: null,
    byRequests: 300,
  },
  { case: "19 requests a minute", calls: failures(400, 60 / 19), byErrors: null, byRequests: null },
  {
    case: "what goes round the distribution",
    calls: failures(99, 0, { path: "direct" }),
    byErrors: null,
    byRequests: null,
  },
  { case: "a minute that ends with a run", calls: failures(330, 1).slice(241), byErrors: 300, byRequests: 300 },
])("counts of a minute: $case", ({ calls, byErrors, byRequests }) => {
  expect(secondsToBlock(errorThreshold.findBlocks(calls).get(ip))).toBe(byErrors);
  expect(secondsToBlock(requestThreshold.findBlocks(calls).get(ip))).toBe(byRequests);
});

const truth = { kind: "spray", perMinute: 60, party: 0, ja4s: new Set<string>() } as const;
const offender: Truth = {
  ...{ ...truth, source: "203.0.113.7/32", benign: false, offences: 6, firstOffence: MONDAY },
  failures: Array.from({ length: 10 }, () => MONDAY),
};
const office: Truth = {
  ...truth,
  source: "198.51.100.1/32",
  benign: true,
  offences: 0,
  firstOffence: null,
  failures: [],
};

test("a block shuts out whom it would have kept from signing in, each user once and offenders not", () => {
  const wrong = failures(6, 0);
  const right = (user: string, minutes: number) => callOf({ ip }, MONDAY + minutes * MINUTE, { user });
  const guessed = right("victim", 1);
  const innocent = [right("ann", 5), right("ann", 6), right("bea", 239), right("eve", 241)];
  const mix = {
    ...drawMix({ seed: 1, hours: 1, users: 1, offenders: 1, from: MONDAY }),
    ...{ calls: [...wrong, guessed, ...innocent], offences: new Set([...wrong, guessed]) },
    truths: new Map([[offender.source, offender]]),
  };
  const ours = { seed: 1, truth: offender, seenAt: MONDAY, bannedAt: MONDAY, groupSeenAt: null };
  const verdict = { verdict: "ban", handsOff: true, needsPerson: [], score: 90, reasons: [] } as const;
  const judged = {
    ...ours,
    verdict: { ...verdict, needsPerson: [], reasons: [] },
    fired: { short: new Set<string>(), slow: new Set<string>() },
  };
  const shutOut = new Map(
    outcomesOf(mix, [judged], defaultPolicy).map(({ rules, blocks }) => [rules, blocks.map((block) => block.shutOut)]),
  );
  expect(shutOut.get(crowdSec.name)).toEqual([2]);
  expect(shutOut.get(errorThreshold.name)).toEqual([]);
  expect(shutOut.get("Portcullis, hands-off")).toEqual([1]);
});

test("figures of all mixes are those of one set of rules together", () => {
  const blocks = [
    { truth: offender, at: MONDAY + 5 * MINUTE, shutOut: 0 },
    { truth: office, at: MONDAY + HOUR, shutOut: 40 },
  ];
  const other = { ...offender, source: "203.0.113.8/32" };
  const [figures] = besideFigures(
    [{ outcomes: [{ rules: "a", blocks }] }, { outcomes: [{ rules: "a", blocks: [] }] }],
    [offender, other],
  );
  expect(figures).toEqual({
    ...{ rules: "a", benign: 1, shutOut: 40, delays: [5] },
    ...{ precision: "1 of 2 (50.0 %)", recall: "1 of 2 (50.0 %)" },
  });
});
