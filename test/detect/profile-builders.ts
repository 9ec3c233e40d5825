import type { OperationTally, Profile, Tally } from "../../functions/detect/profiles.ts";
import { T0 } from "./traffic.ts";

export function aTally(overrides: Partial<Tally> = {}): Tally {
  return {
    calls: 0,
    successes: 0,
    steps: 0,
    accepted: 0,
    failures: 0,
    faults: 0,
    throttled: 0,
    blocked: 0,
    rateBlocked: 0,
    unknown: 0,
    secretFailures: 0,
    unknownUsers: 0,
    existingUsers: 0,
    codeMismatches: 0,
    unknownClients: 0,
    unserved: 0,
    allowListed: 0,
    activeMinutes: 1,
    peakPerMinute: 0,
    firstSeen: T0,
    lastSeen: T0,
    ...overrides,
  };
}

export function anOperation(overrides: Partial<OperationTally> = {}): OperationTally {
  return {
    ...aTally(),
    path: "proxied",
    operation: "InitiateAuth",
    distinctUsers: 0,
    failingUsers: 0,
    topUserFailures: 0,
    topUserGuesses: 0,
    guessMinutes: 0,
    peakGuesses: 0,
    probedUsers: 0,
    ...overrides,
  };
}

/** A profile with the totals of its operations, unless told otherwise. */
export function aProfile(overrides: Partial<Profile> = {}): Profile {
  const operations = overrides.operations ?? [anOperation()];
  const total = (key: keyof Tally) => operations.reduce((sum, operation) => sum + operation[key], 0);
  return {
    ...aTally({
      calls: total("calls"),
      successes: total("successes"),
      failures: total("failures"),
      faults: total("faults"),
      accepted: total("accepted"),
      unknown: total("unknown"),
    }),
    scope: "source",
    source: "203.0.113.7/32",
    crowd: { sources: 1, goodSources: 0, quietSources: 0, quietCalls: 0 },
    paths: ["proxied"],
    operations,
    distinctUsers: Math.max(0, ...operations.map(({ distinctUsers }) => distinctUsers)),
    untroubledUsers: 0,
    namelessSuccesses: 0,
    ...overrides,
  };
}

/** A spray on `users` users, each failing once. */
export function aSpray(users: number, overrides: Partial<Profile> = {}): Profile {
  return aProfile({
    operations: [
      anOperation({ calls: users, failures: users, distinctUsers: users, failingUsers: users, topUserFailures: 1 }),
    ],
    ...overrides,
  });
}
