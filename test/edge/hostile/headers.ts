/** Generators of headers: the usual ones, forged tokens in the user agent, and all that HTTP lets through. */
import fc from "fast-check";

import { GATE } from "../builders.ts";
import { FORGED } from "./words.ts";

const forgedAgent = fc.constantFrom(
  `portcullis/1 (${GATE}; id; SignUp; 192.0.2.1; tag)`,
  "portcullis/1",
  "PortCullis/9 (a) portcullis/1 (b",
  "portcullisportcullis/1 (/1 (a; b)",
  "portcullis/\u00e9 (x)",
  "portcul\u00adlis/1 (x)",
  "portcullis/1 (((",
);
const agent: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(0, 1, 255, 256, 1_023, 1_024, 20_000).map((size) => "a".repeat(size)),
  fc
    .tuple(fc.constantFrom(0, 1, 200, 250, 1_000, 1_020), forgedAgent, fc.constantFrom(0, 1_000))
    .map(([before, forged, after]) => `${"a".repeat(before)}${forged}${"b".repeat(after)}`),
  fc.array(forgedAgent, { maxLength: 40 }).map((parts) => parts.join(" ")),
  fc.string({ unit: "binary" }).map(headerText),
);

/** What HTTP lets through in a value: no control characters. */
function headerText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what HTTP refuses
  return text.replace(/[\x00-\x1f\x7f]/g, "");
}

export type HeaderList = readonly (readonly [name: string, value: string])[];

const anyName = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "tostring", "origin", "cookie", "authorization", "x-forwarded-for"),
  fc.constantFrom("cloudfront-viewer-address", "cloudfront-viewer-country", "x-amzn-cognito-operation-name"),
  fc.constantFrom("accept-encoding", "content-length", "via", "if-none-match", "transfer-encoding", "cdn-loop"),
  fc.constantFrom("x-portcullis-secret", "x-portcullis-clients", "x-amz-security-token", "x-amz-date", "host"),
  fc.constantFrom("user-agent", "x-amz-user-agent", "content-type", "x-amz-target", "referer", "accept"),
  fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,40}$/).filter((name) => !isHidden(name)),
);
/** Names that CloudFront would not have shown to the function. */
const isHidden = (name: string) => /^(x-amz-cf-|x-edge-|te$|connection$|expect$|trailer$|upgrade$)/.test(name);
const anyValue = fc.oneof(
  fc.constantFrom("", FORGED, "https://app.example", "null", "x".repeat(20_000)),
  fc.string({ unit: "binary" }).map(headerText),
  agent,
);

export const usualHeaders = (operation: string): HeaderList => [
  ["Host", "d111111abcdef8.cloudfront.net"],
  ["Content-Type", "application/x-amz-json-1.1"],
  ["Content-Length", "120"],
  ["X-Amz-Target", `AWSCognitoIdentityProviderService.${operation}`],
  ["Via", "2.0 d111111abcdef8.cloudfront.net (CloudFront)"],
  ["X-Forwarded-For", "203.0.113.7"],
];

export const headersFor = (operation: string): fc.Arbitrary<HeaderList> =>
  fc
    .record({
      agents: fc.array(fc.tuple(fc.constantFrom("User-Agent", "X-Amz-User-Agent"), agent), { maxLength: 3 }),
      extra: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 3, arbitrary: fc.array(fc.tuple(anyName, anyValue), { maxLength: 6 }) },
      ),
      target: fc.oneof(
        { weight: 30, arbitrary: fc.constant(null) },
        {
          weight: 1,
          arbitrary: fc.constantFrom("AWSCognitoIdentityProviderService.AdminGetUser", "constructor", "", operation),
        },
      ),
      type: fc.oneof(
        { weight: 30, arbitrary: fc.constant(null) },
        {
          weight: 2,
          arbitrary: fc.constantFrom("APPLICATION/X-AMZ-JSON-1.1", "application/x-amz-json-1.1; charset=x"),
        },
        { weight: 1, arbitrary: fc.constantFrom("text/plain", "", "application/json", "application/x-amz-json-1.1,x") },
      ),
      length: fc.constantFrom(null, null, null, "0", "-1", "999999999", "x"),
      origin: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(null, "https://app.example") },
        { weight: 1, arbitrary: fc.constantFrom("https://evil.example", "null", "") },
      ),
    })
    .map(({ agents, extra, target, type, length, origin }) => {
      const instead: Readonly<Record<string, string | null>> = {
        "X-Amz-Target": target,
        "Content-Type": type,
        "Content-Length": length,
      };
      const usual = usualHeaders(operation).map(([name, value]) => [name, instead[name] ?? value] as const);
      return [...usual, ...agents, ...extra, ...(origin === null ? [] : [["Origin", origin] as const])];
    });

/** As CloudFront writes them into its event. */
export function grouped(headers: HeaderList): Record<string, { key: string; value: string }[]> {
  const map = new Map<string, { key: string; value: string }[]>();
  for (const [key, value] of headers)
    map.set(key.toLowerCase(), [...(map.get(key.toLowerCase()) ?? []), { key, value }]);
  return Object.fromEntries(map);
}
