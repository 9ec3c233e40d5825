/** Generators of viewers' requests: valid calls of every operation, bent in every way, and plain rubbish. */
import fc from "fast-check";

import { challengeNames, operationNames, operationOf, signInFlows } from "../../../functions/edge/operations.ts";
import { CLIENT_ID, GATE, ORIGIN } from "../builders.ts";
import { cognitoAnswers, secretArn, secretFaults } from "./aws.ts";
import { escaped, type Pairs, pairsOf, textOf } from "./json.ts";

export const OTHER_CLIENT = "2example23456789abcdefgh";
export const POOL = "eu-west-1_Ab12Cd34E";
/** What a viewer forges; none of it may reach Cognito where Cognito would read it. */
export const FORGED = "forged-by-the-viewer";
/** What only the viewer knows: it may reach Cognito, but no log. */
export const PASSWORD = "correct-horse-41f0";
export const TOKEN = "viewer-token-8c2d";

const OURS = ["SecretHash", "SECRET_HASH", "ClientSecret", "IpAddress", "UserPoolId"];
const ODD_KEYS = ["__proto__", "constructor", "toString", "hasOwnProperty", "", "ContextData", "secrethash"];
const CONTAINERS = ["AuthParameters", "ChallengeResponses", "UserContextData", "ClientMetadata"];

/** Long enough that it is found nowhere by chance. */
const userName = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: "grapheme-ascii", maxLength: 20 }).map((text) => `user-name-${text}`) },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 20 }).map((text) => `user-name-${text}`) },
  { weight: 1, arbitrary: fc.constant("user-name-\ud800") },
);

function aCall(operation: string, username: string, choice: number): Pairs {
  const context = choice % 3 === 0 ? {} : { UserContextData: { EncodedData: "device" } };
  switch (operationOf(operation)?.place) {
    case "hash":
      return pairsOf({
        ClientId: CLIENT_ID,
        Username: username,
        Password: PASSWORD,
        ConfirmationCode: "1",
        ...context,
      });
    case "sign-in": {
      const flows = [...signInFlows.keys()];
      const AuthFlow = flows[choice % flows.length] ?? "";
      const AuthParameters =
        signInFlows.get(AuthFlow) === "refresh"
          ? { REFRESH_TOKEN: TOKEN, ...(choice % 2 === 0 && { DEVICE_KEY: "eu-west-1_d" }) }
          : { USERNAME: username, PASSWORD, SRP_A: "ab" };
      return pairsOf({ AuthFlow, ClientId: CLIENT_ID, AuthParameters, ClientMetadata: { a: "b" }, ...context });
    }
    case "challenge": {
      const names = [...challengeNames];
      const ChallengeResponses = { USERNAME: username, NEW_PASSWORD: PASSWORD };
      const ChallengeName = names[choice % names.length] ?? "";
      return pairsOf({ ChallengeName, ClientId: CLIENT_ID, Session: TOKEN, ChallengeResponses, ...context });
    }
    case "secret":
      return pairsOf({ ClientId: CLIENT_ID, RefreshToken: TOKEN, Token: TOKEN });
    default:
      return pairsOf({ AccessToken: TOKEN, PreviousPassword: PASSWORD, UserPoolId: POOL });
  }
}

const oddValue = fc.oneof(
  fc.constantFrom("null", "true", "0", "-0", "1e400", "12345678901234567890", '""', "[]", "{}", '"\\ud800"', '" "'),
  fc.constantFrom('{"toString":1}', '{"__proto__":{"a":1}}', `["${CLIENT_ID}"]`, "[[[[]]]]", `"${"x".repeat(5_000)}"`),
  fc.json({ maxDepth: 3 }),
);

const forgedKey = fc
  .tuple(fc.constantFrom(...OURS, ...ODD_KEYS), fc.option(fc.nat(30), { nil: undefined }))
  .map(([key, at]) => (at === undefined || key === "" ? key : escaped(key, at)));
const forgedValue = fc.oneof(
  { weight: 4, arbitrary: fc.constant(JSON.stringify(FORGED)) },
  { weight: 1, arbitrary: oddValue },
);

type Bend = (pairs: Pairs) => Pairs;
const at = (pairs: Pairs, index: number) => index % Math.max(1, pairs.length);

/** One change to the members of a call. */
const bend: fc.Arbitrary<Bend> = fc.oneof(
  fc.nat(9).map(
    (index): Bend =>
      (pairs) =>
        pairs.filter((_, other) => other !== at(pairs, index)),
  ),
  fc.nat(9).map(
    (index): Bend =>
      (pairs) => [...pairs, ...pairs.slice(at(pairs, index), at(pairs, index) + 1)],
  ),
  fc.tuple(fc.nat(9), oddValue).map(
    ([index, value]): Bend =>
      (pairs) => [
        ...pairs,
        ...pairs.slice(at(pairs, index), at(pairs, index) + 1).map(([key]) => [key, value] as const),
      ],
  ),
  fc.tuple(fc.nat(9), oddValue).map(
    ([index, value]): Bend =>
      (pairs) =>
        pairs.map((pair, other) => (other === at(pairs, index) ? [pair[0], value] : pair)),
  ),
  fc.tuple(fc.nat(9), forgedKey).map(
    ([index, key]): Bend =>
      (pairs) =>
        pairs.map((pair, other) => (other === at(pairs, index) ? [key, pair[1]] : pair)),
  ),
  fc.tuple(fc.nat(9), fc.nat(30)).map(
    ([index, position]): Bend =>
      (pairs) =>
        pairs.map(([key, value], other) => [other === at(pairs, index) && key ? escaped(key, position) : key, value]),
  ),
  fc.tuple(forgedKey, forgedValue, fc.nat(9)).map(
    ([key, value, index]): Bend =>
      (pairs) => [...pairs.slice(0, at(pairs, index)), [key, value], ...pairs.slice(at(pairs, index))],
  ),
  // The same inside of a container, which is added where it is missing.
  fc.tuple(fc.constantFrom(...CONTAINERS), forgedKey, forgedValue).map(
    ([container, key, value]): Bend =>
      (pairs) => {
        const inside = (text: string) =>
          text === "{}" ? `{"${key}":${value}}` : `{"${key}":${value},${text.slice(1)}`;
        const found = pairs.some(([name, text]) => name === container && text.startsWith("{"));
        return found
          ? pairs.map(([name, text]) => [name, name === container && text.startsWith("{") ? inside(text) : text])
          : [...pairs, [container, `{"${key}":${value}}`]];
      },
  ),
);

export interface HostileBody {
  readonly data: string;
  readonly encoding: string;
  readonly inputTruncated: boolean;
}

const base64 = (bytes: string | Uint8Array): HostileBody => ({
  data: Buffer.from(bytes as string).toString("base64"),
  encoding: "base64",
  inputTruncated: false,
});

const callText = (operation: string): fc.Arbitrary<string> =>
  fc
    .tuple(userName, fc.nat(47), fc.array(bend, { maxLength: 4 }))
    .map(([username, choice, bends]) =>
      textOf(bends.reduce((pairs, each) => each(pairs), aCall(operation, username, choice))),
    );

const MEGABYTE = 1024 * 1024;
const deep = fc
  .tuple(fc.constantFrom(100, 10_000, 100_000), fc.boolean())
  .map(([levels, list]) =>
    list ? "[".repeat(levels) + "]".repeat(levels) : `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`,
  );

/** A valid call around something that is too much. */
const oversized = (operation: string) =>
  fc
    .tuple(
      userName,
      fc.oneof(
        deep,
        fc.constantFrom(1_000, 200_000, 262_000, MEGABYTE - 300, MEGABYTE).map((size) => `"${"x".repeat(size)}"`),
        fc
          .constantFrom(1_000, 20_000)
          .map((members) => textOf(Array.from({ length: members }, (_, index) => [`k${index}`, "1"] as const))),
      ),
    )
    .map(([username, value]) => textOf([...aCall(operation, username, 1), ["ClientMetadata", value]]));

const spoiled = (operation: string): fc.Arbitrary<HostileBody> =>
  fc.tuple(callText(operation), fc.nat(), fc.integer({ min: 0, max: 255 })).chain(([text, position, byte]) => {
    const bytes = Buffer.from(text);
    const index = position % bytes.length;
    const flipped = Buffer.from(bytes);
    flipped[index] = byte;
    return fc.constantFrom(
      base64(flipped),
      base64(bytes.subarray(0, index)),
      base64(Buffer.concat([bytes, Buffer.from([byte])])),
      base64(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])),
      base64(Buffer.from(text, "utf16le")),
      base64(Buffer.from(text, "latin1")),
      base64(`${text}${text}`),
      base64(` \t\r\n${text}\n`),
      { ...base64(bytes), inputTruncated: true },
      { ...base64(bytes), data: bytes.toString("base64").slice(0, index) },
      { ...base64(bytes), data: bytes.toString("base64url") },
      { ...base64(bytes), data: text },
      { ...base64(bytes), encoding: "text" },
      { data: text, encoding: "text", inputTruncated: false },
    );
  });

const rubbish: fc.Arbitrary<HostileBody> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map(base64),
  fc.json().map((text) => base64(text)),
  fc.string({ unit: "binary" }).map((data) => ({ data, encoding: "base64", inputTruncated: false })),
  fc.constantFrom("", "null", "[]", "0", '"ClientId"', "{", "{}", '{"__proto__":{"ClientId":"x"}}').map(base64),
);

const bodyOf = (operation: string): fc.Arbitrary<HostileBody | undefined> =>
  fc.oneof(
    { weight: 30, arbitrary: callText(operation).map(base64) },
    { weight: 6, arbitrary: spoiled(operation) },
    { weight: 4, arbitrary: rubbish },
    { weight: 1, arbitrary: oversized(operation).map(base64) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );

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

const usualHeaders = (operation: string): HeaderList => [
  ["Host", "d111111abcdef8.cloudfront.net"],
  ["Content-Type", "application/x-amz-json-1.1"],
  ["Content-Length", "120"],
  ["X-Amz-Target", `AWSCognitoIdentityProviderService.${operation}`],
  ["Via", "2.0 d111111abcdef8.cloudfront.net (CloudFront)"],
  ["X-Forwarded-For", "203.0.113.7"],
];

const headersFor = (operation: string): fc.Arbitrary<HeaderList> =>
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

const hex = fc.constantFrom(..."0123456789abcdefABCDEF");
const group = fc.array(hex, { minLength: 1, maxLength: 4 }).map((digits) => digits.join(""));
const clientIp: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("203.0.113.7", "198.51.100.1", "0.0.0.0") },
  { weight: 3, arbitrary: fc.ipV6() },
  { weight: 2, arbitrary: fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(":")) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "2001:0DB8:0000:0000:0000:0000:0000:0007",
      "2001:db8::7",
      "::ffff:203.0.113.7",
      "::FFFF:cb00:7107",
      "::",
      "fe80::1%eth0",
      "[2001:db8::7]",
      "203.0.113.07",
      "2001:db8::7/64",
      "",
      "x; portcullis/1 (y)",
    ),
  },
);

export interface HostileCase {
  readonly operation: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly answers: readonly string[];
  readonly method: string;
  readonly uri: string;
  readonly querystring: string;
  readonly clientIp: string;
  readonly requestId: string;
  readonly headers: HeaderList;
  readonly body: HostileBody | undefined;
}

const config = fc.record(
  {
    "X-Portcullis-Refresh": fc.constantFrom("rewrite", "plain-secret"),
    "X-Portcullis-Client-Address": fc.constantFrom("none", "userContext"),
    "X-Portcullis-Admin-Pool": fc.constant(POOL),
    "X-Portcullis-Origins": fc.constant("https://app.example,http://localhost:3000"),
    "X-Portcullis-Native-Clients": fc.constantFrom(CLIENT_ID, `${CLIENT_ID},${OTHER_CLIENT}`, OTHER_CLIENT, "-"),
    "X-Portcullis-Secret-Regions": fc.constantFrom("us-east-1", "eu-west-1,ap-southeast-2"),
  },
  { requiredKeys: [], noNullPrototype: true },
);

// What is slow takes seconds: it has tests of its own.
const quick = (names: readonly string[]) => names.filter((name) => name !== "slow" && !UNSETTLED.has(name));
/** Answers of Cognito that the edge does not survive yet. */
export const UNSETTLED: ReadonlySet<string> = new Set(["outside", "almostMegabyte", "nested"]);

const usually = <T>(usual: T, weight: number, else_: fc.Arbitrary<T>) =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: else_ });

export const hostileCase: fc.Arbitrary<HostileCase> = fc
  .constantFrom(...operationNames.slice(0, 9), ...operationNames)
  .chain((operation) =>
    fc.record({
      operation: fc.constant(operation),
      config,
      secret: fc.oneof(
        { weight: 12, arbitrary: fc.constant("one") },
        { weight: 6, arbitrary: fc.constant("two") },
        { weight: 2, arbitrary: fc.constantFrom(...quick(Object.keys(secretFaults))) },
      ),
      answers: fc.oneof(
        fc.constantFrom(["tokens"], ["wrongHash", "tokens"], ["wrongHash"], ["wrongSecret", "wrongPassword"]),
        fc.array(fc.constantFrom(...quick(Object.keys(cognitoAnswers))), { minLength: 1, maxLength: 3 }),
      ),
      method: usually("POST", 40, fc.constantFrom("OPTIONS", "GET", "PUT", "post", "")),
      uri: usually("/", 40, fc.constantFrom("/index.html", "//", "/%2e", "")),
      querystring: usually("", 40, fc.constantFrom("a=b", "ClientId=x")),
      clientIp,
      requestId: usually(
        "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
        20,
        fc.string({ maxLength: 200 }),
      ),
      headers: headersFor(operation),
      body: bodyOf(operation),
    }),
  );

/** The event as CloudFront hands it over; it has been through JSON, so nothing is shared. */
export function eventOf({ config: settings, secret, headers, body, ...call }: HostileCase) {
  const { clientIp: address, method, uri, querystring, requestId } = call;
  const customHeaders = grouped([
    ["X-Portcullis-Secret", secretArn(secret)],
    ["X-Portcullis-Clients", `${CLIENT_ID},${OTHER_CLIENT}`],
    ...Object.entries(settings),
  ]);
  const custom = {
    customHeaders,
    domainName: ORIGIN,
    keepaliveTimeout: 5,
    path: "",
    port: 443,
    protocol: "https",
    readTimeout: 30,
    sslProtocols: ["TLSv1.2"],
  };
  return {
    Records: [
      {
        cf: {
          config: {
            distributionDomainName: "d111111abcdef8.cloudfront.net",
            distributionId: "EDFDVBD6EXAMPLE",
            eventType: "origin-request",
            requestId,
          },
          request: {
            clientIp: address,
            method,
            uri,
            querystring,
            headers: grouped(headers),
            ...(body && { body: { action: "read-only", ...body } }),
            origin: { custom },
          },
        },
      },
    ],
  };
}

function grouped(headers: HeaderList): Record<string, { key: string; value: string }[]> {
  const map = new Map<string, { key: string; value: string }[]>();
  for (const [key, value] of headers)
    map.set(key.toLowerCase(), [...(map.get(key.toLowerCase()) ?? []), { key, value }]);
  return Object.fromEntries(map);
}

/** A sign-in with nothing wrong about it. */
export const aHostileCase = (over: Partial<HostileCase> = {}): HostileCase => ({
  operation: "InitiateAuth",
  config: {},
  secret: "one",
  answers: ["tokens"],
  method: "POST",
  uri: "/",
  querystring: "",
  clientIp: "203.0.113.7",
  requestId: "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
  headers: usualHeaders("InitiateAuth"),
  body: base64(textOf(aCall("InitiateAuth", "user-name-a", 0))),
  ...over,
});
