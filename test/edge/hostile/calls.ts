/** Requests of viewers, with the state in which they find the edge, Secrets Manager and Cognito. */
import fc from "fast-check";

import { operationNames, operationOf } from "../../../functions/edge/operations.ts";
import { CLIENT_ID, ORIGIN } from "../builders.ts";
import { cognitoAnswers, secretArn, secretFaults } from "./aws.ts";
import { aSignIn, bodyOf, type HostileBody } from "./bodies.ts";
import { grouped, type HeaderList, headersFor, usualHeaders } from "./headers.ts";
import { OTHER_CLIENT, POOL } from "./words.ts";

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
const quick = (names: readonly string[]) => names.filter((name) => name !== "slow");

const usually = <T>(usual: T, weight: number, else_: fc.Arbitrary<T>) =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: else_ });

const withClient = operationNames.filter((name) => operationOf(name)?.place !== "untouched");
const anyOperation = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...withClient) },
  { weight: 3, arbitrary: fc.constantFrom("InitiateAuth", "RespondToAuthChallenge") },
  { weight: 2, arbitrary: fc.constantFrom(...operationNames) },
);

export const hostileCase: fc.Arbitrary<HostileCase> = anyOperation.chain((operation) =>
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
    requestId: usually("4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==", 20, fc.string({ maxLength: 200 })),
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

/** A case with nothing wrong about it. */
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
  body: aSignIn,
  ...over,
});
