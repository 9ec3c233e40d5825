/** Generators of bodies: valid calls of every operation, bent in every way, and plain rubbish. */
import fc from "fast-check";

import { challengeNames, operationOf, signInFlows } from "../../../functions/edge/operations.ts";
import { CLIENT_ID } from "../builders.ts";
import { escaped, type Pairs, pairsOf, textOf } from "./json.ts";
import { FORGED, PASSWORD, POOL, TOKEN } from "./words.ts";

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

export const bodyOf = (operation: string): fc.Arbitrary<HostileBody | undefined> =>
  fc.oneof(
    { weight: 30, arbitrary: callText(operation).map(base64) },
    { weight: 6, arbitrary: spoiled(operation) },
    { weight: 4, arbitrary: rubbish },
    { weight: 1, arbitrary: oversized(operation).map(base64) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );

/** A sign-in with nothing wrong about it. */
export const aSignIn: HostileBody = base64(textOf(aCall("InitiateAuth", "user-name-a", 0)));
