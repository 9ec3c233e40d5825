/**
 * A night of mixed traffic around the turn of a month, as records on their way to the logs: calls by both paths from a
 * few dozen sources, and among them the odd records that real logs have. The same seed gives the same night.
 */
import { DAY, HOUR, type Instant, MINUTE, SECOND } from "../../../functions/domain/instant.ts";
import { createRandom, type Random } from "../../../local/demo/random.ts";
import { aCall, type Call, errors, FIELDS, type JsonRecord, logsOf, srpSignIn } from "../../detect/traffic.ts";
import { cloudFrontOddities, edgeOddities, type Oddities, poolOddities, trailOddities } from "./oddities.ts";

export const MIDNIGHT = Date.UTC(2026, 2, 1);

export interface Delivery {
  /** When the record is written; its file comes after that. */
  readonly at: Instant;
  readonly log: "edge" | "pool" | "trail" | "cloudFront";
  readonly record: JsonRecord;
}

const sources = [
  ...["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.5", "198.51.100.7", "198.51.100.8"],
  // IPv4 plain and in IPv6's coat.
  ...["192.0.2.5", "::ffff:192.0.2.5", "::FFFF:192.0.2.5"],
  // One network in five spellings, and others at the ends of what can be spelled.
  ...["2001:db8::1", "2001:DB8::2", "2001:0db8:0000:0000:0000:0000:0000:0003", "2001:db8:0:0:1::", "2001:db8:0:0::4"],
  ...["2001:db8:a:b:c:d:e:f", "2001:db8:a:b::", "2001:db8:0:b::1:0", "::1", "::"],
  // What is no address, but made of the signs of one.
  ...["2001:db8", ":::", "2001::db8::1", "1:2:3:4:5:6:7::8:9", "1:2:3:4:5:6:7::8", "203.0.113", "::ffff:192.0.2", "-"],
  ...["203.0.113.1.5", "999.0.113.1", "203.0.113.01"],
] as const;

type Some<T> = readonly [T, ...T[]];

const operations: Some<Partial<Call>> = [
  { operation: "InitiateAuth", flow: "USER_PASSWORD_AUTH" },
  { operation: "InitiateAuth", flow: "USER_SRP_AUTH" },
  { operation: "InitiateAuth", flow: "REFRESH_TOKEN_AUTH", served: "GetTokensFromRefreshToken" },
  { operation: "RespondToAuthChallenge" },
  { operation: "RespondToAuthChallenge" },
  { operation: "GetTokensFromRefreshToken", user: null },
  { operation: "RevokeToken", user: null },
  { operation: "SignUp" },
  { operation: "ConfirmSignUp" },
  { operation: "ForgotPassword" },
  { operation: "GetUser" },
  { operation: "MadeUpOperation", user: null },
];

const failures: Some<NonNullable<Call["error"]>> = [
  errors.wrongPassword,
  errors.wrongPassword,
  ...[errors.unknownUser, errors.secretMissing, errors.secretWrong, errors.deadRefresh, errors.userExists],
  errors.throttled,
  ["NotAuthorizedException", "Password attempts exceeded"],
  ["NotAuthorizedException", "Invalid session for the user."],
  ["CodeMismatchException", "Invalid verification code provided, please try again."],
  ["ExpiredCodeException", "Invalid code provided, please request a code again."],
  ["UserNotConfirmedException", "User is not confirmed."],
  ["UserLambdaValidationException", 'PreSignUp failed: "\u00fc\u{1f600}" \\ \t.'],
  ["ForbiddenException", "Request not allowed due to WAF block."],
  ["InvalidParameterException", ""],
  ["BrandNewException", "Something new"],
];

const blocks: Some<NonNullable<Call["blockedBy"]>> = [
  ["DenyList", "REGULAR"],
  ["RateLimit", "RATE_BASED"],
];

function anyCall(random: Random, at: Instant): Call {
  return aCall({
    at,
    ip: random.pick(sources),
    path: random.next() < 0.6 ? "proxied" : "direct",
    user: `user-${random.int(1, 60)}`,
    ...random.pick(operations),
    error: random.next() < 0.5 ? null : random.pick(failures),
    ...(random.next() < 0.05 ? { blockedBy: random.pick(blocks) } : {}),
  });
}

/** Somebody who tries many users and gets in with two of them. */
function spray(start: Instant, ip: string, path: Call["path"]): Call[] {
  const tries = Array.from({ length: 30 }, (_, index) =>
    aCall({
      at: start + index * 7 * SECOND,
      ip,
      path,
      user: `victim-${index % 15}`,
      error: index % 15 === 11 ? null : errors.wrongPassword,
    }),
  );
  return [...tries, ...srpSignIn(start + 5 * MINUTE, ip, "victim-3")];
}

function burst(random: Random, count: number, from: Instant, to: Instant): Call[] {
  return Array.from({ length: count }, () => anyCall(random, random.int(from, to)));
}

/**
 * Most calls are within minutes of midnight: there lies the end of the window, and the turn of the folders. The
 * others come in bursts before, for each file costs the engines more than the records in it.
 */
function mixedCalls(random: Random): Call[] {
  const starts = Array.from({ length: 12 }, (_, index) => MIDNIGHT - 3 * HOUR + index * 15 * MINUTE);
  return [
    ...burst(random, 1200, MIDNIGHT - 12 * MINUTE, MIDNIGHT + 12 * MINUTE),
    ...starts.flatMap((start) => burst(random, 60, start, start + 5 * MINUTE)),
    ...spray(MIDNIGHT - 2 * MINUTE, "203.0.113.77", "proxied"),
    ...spray(MIDNIGHT - 2 * HOUR, "2001:db8:bad::1", "direct"),
  ];
}

export function mixedNight(seed = 20260301): Delivery[] {
  const random = createRandom(seed);
  const deliveries = written(mixedCalls(random), true);
  // CloudTrail delivers at least once: some records come again in a later file.
  const again = deliveries.filter(({ log }) => log === "trail" && random.next() < 0.05);
  return inOrder([...deliveries, ...again.map((delivery) => ({ ...delivery, at: delivery.at + 20 * MINUTE }))]);
}

/** Logs of the days before, which no query over the mixed night has to read. */
export function daysBefore(days: number): Delivery[] {
  const random = createRandom(days);
  const noons = Array.from({ length: days }, (_, index) => MIDNIGHT - 1.5 * DAY - index * DAY);
  return inOrder(
    written(
      noons.flatMap((noon) => burst(random, 30, noon, noon + MINUTE)),
      false,
    ),
  );
}

function written(calls: readonly Call[], isOdd: boolean): Delivery[] {
  const { edge, pool, trail, cloudFront } = logsOf(calls);
  const names = FIELDS.split(" ").slice(1);
  const requests = cloudFront.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  const odd = (records: readonly JsonRecord[], oddities: Oddities) =>
    isOdd ? withOddities(records, Object.values(oddities)) : records;
  return [
    ...odd(edge, edgeOddities).map((record) => ({ at: Number(record["timestamp"]), log: "edge" as const, record })),
    ...odd(pool, poolOddities).map((record) => ({ at: Number(record["timestamp"]), log: "pool" as const, record })),
    ...odd(trail, trailOddities).map((record) => ({
      at: secondOf(record["eventTime"]),
      log: "trail" as const,
      record,
    })),
    ...odd(requests, cloudFrontOddities).map((record) => ({
      at: secondOf(`${record["date"]}T${record["time"]}Z`),
      log: "cloudFront" as const,
      record,
    })),
  ];
}

/** Every third record is odd, each in the next way. */
function withOddities(records: readonly JsonRecord[], oddities: readonly Oddities[string][]): JsonRecord[] {
  return records.flatMap((record, index) =>
    index % 3 === 0 ? (oddities[(index / 3) % oddities.length]?.(record) ?? []) : [record],
  );
}

/** A record whose time cannot be read is written at midnight. */
function secondOf(time: unknown): Instant {
  const at = Date.parse(String(time));
  return Number.isNaN(at) ? MIDNIGHT : at;
}

function inOrder(deliveries: readonly Delivery[]): Delivery[] {
  return [...deliveries].sort((one, other) => one.at - other.at);
}
