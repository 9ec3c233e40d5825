/** Small traffic for tests, made of the log records of `bench/traffic`. */
import { type Call, errors } from "../../bench/traffic/log-records.ts";
import { type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";

export * from "../../bench/traffic/log-records.ts";

export const T0 = Date.UTC(2026, 10, 22, 10, 0, 0);

export function aCall(overrides: Partial<Call> = {}): Call {
  return {
    at: T0,
    ip: "203.0.113.7",
    path: "proxied",
    operation: "InitiateAuth",
    flow: "USER_PASSWORD_AUTH",
    user: "user-1",
    error: null,
    ...overrides,
  };
}

/** `count` calls, `every` ms apart, each made by `make` from its number. */
export function series(count: number, every: number, make: (index: number) => Partial<Call>, start = T0): Call[] {
  return Array.from({ length: count }, (_, index) => aCall({ at: start + index * every, ...make(index) }));
}

/** A sign-in by SRP: two calls, as amplify and most SDKs make. */
export function srpSignIn(at: Instant, ip: string, user: string, wrongBefore = 0): Call[] {
  const attempt = (start: Instant, error: Call["error"]): Call[] => [
    aCall({ at: start, ip, user, flow: "USER_SRP_AUTH" }),
    aCall({ at: start + SECOND, ip, user, operation: "RespondToAuthChallenge", error }),
  ];
  const wrong = Array.from({ length: wrongBefore }, (_, index) =>
    attempt(at + index * 10 * SECOND, errors.wrongPassword),
  );
  return [...wrong.flat(), ...attempt(at + wrongBefore * 10 * SECOND, null)];
}

/** Forty homes, each with a user who signs in once, some after a typing error. */
export function homes(start = T0): Call[] {
  return Array.from({ length: 40 }, (_, index) =>
    srpSignIn(start + index * 13 * SECOND, `198.51.100.${index + 1}`, `home-${index}`, index % 7 === 0 ? 1 : 0),
  ).flat();
}

/** Everybody behind one address within ten minutes. */
export function office(users: number, ip = "192.0.2.50", start = T0): Call[] {
  return Array.from({ length: users }, (_, index) =>
    srpSignIn(start + Math.floor((index * 9 * MINUTE) / users), ip, `office-${index}`, index % 10 === 3 ? 2 : 0),
  ).flat();
}
