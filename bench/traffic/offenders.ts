/** Offenders of every kind, at rates from a call a second to one in half an hour. */
import { MINUTE } from "../../functions/domain/instant.ts";
import { type Script, scriptFingerprint, scriptOf } from "../../local/demo/offences.ts";
import { type Actor, type Caller, crowdFingerprint, type OffenceKind, offenceKinds, type Stage } from "./actor.ts";
import { hostIn } from "./addresses.ts";
import { manyPeople } from "./crowd.ts";
import type { Call } from "./log-records.ts";

/** Attempts a minute. */
export const rates = [60, 20, 6, 2, 0.5, 0.1, 1 / 30] as const;
const floodRates = [60, 200, 600] as const;
const botRates = [6, 1] as const;
const MOST_ATTEMPTS = 1_200;

export type LoneKind = Exclude<OffenceKind, "distributed-range" | "distributed-fingerprint">;
export const loneKinds = offenceKinds.filter((kind): kind is LoneKind => !kind.startsWith("distributed-"));

/** `count` parties, kinds by turns; a distributed one, of either sort, for every twenty. */
export function drawOffenders(stage: Stage, count: number): Actor[] {
  const distributed = Math.max(1, Math.round(count / 20));
  const lone = Array.from({ length: Math.max(0, count - 2 * distributed) }, (_, index) => index);
  // Each kind begins at another rate, so that few offenders still meet all rates.
  const turn = stage.random.int(0, rates.length - 1);
  return [
    ...lone.map((index) => {
      const kind = loneKinds[index % loneKinds.length] ?? "spray";
      return loneOffender(stage, kind, `${kind}-${index}`, turn + index + Math.floor(index / loneKinds.length));
    }),
    ...Array.from({ length: distributed }, (_, index) => range(stage, `range-${index}`)),
    ...Array.from({ length: distributed }, (_, index) => botnet(stage, `botnet-${index}`)),
  ];
}

export function loneOffender(stage: Stage, kind: LoneKind, name: string, nth: number): Actor {
  const { random, addresses } = stage;
  const steps: readonly number[] = kind === "flood" ? floodRates : kind === "office-bot" ? botRates : rates;
  const perMinute = steps[nth % steps.length] ?? 1;
  // Scripts that drive a real browser have its fingerprint.
  const ja4 = random.next() < 0.3 ? crowdFingerprint(random) : scriptFingerprint(random);
  const network = random.next() < 0.2 && kind !== "office-bot" ? addresses.v6Network() : null;
  const ip = network === null ? addresses.v4() : hostIn(network, random);
  const caller = (): Caller => ({ ip: network === null ? ip : hostIn(network, random), ja4 });
  const offences = attempts(stage, scriptOf(kind, name, random), caller, perMinute, MOST_ATTEMPTS);
  const { from, to } = stage.span;
  const calls =
    kind === "office-bot"
      ? manyPeople(stage, ip, name, random.int(20, 60), "office", from + random.next() * (to - from))
      : [];
  return { kind, benign: false, perMinute, addresses: [ip], offences, calls };
}

/** Attempts about evenly spaced, from a start that leaves time for all of them, where the span has it. */
function attempts(stage: Stage, script: Script, caller: () => Caller, perMinute: number, most: number): Call[] {
  const { span, random } = stage;
  const gap = MINUTE / perMinute;
  const room = Math.max(0, span.to - span.from - most * gap);
  let at = span.from + Math.floor(random.next() * Math.max(room, 0.3 * (span.to - span.from)));
  const calls: Call[] = [];
  for (let nth = 0; nth < most && at < span.to; nth += 1) {
    calls.push(...script(caller(), Math.floor(at), nth));
    at += gap * (0.7 + 0.6 * random.next());
  }
  return calls;
}

/** Thirty to a hundred addresses of one /24, each so quiet that nothing can be said of it alone. */
export function range(stage: Stage, name: string): Actor {
  const { random } = stage;
  const addresses = stage.addresses.neighbours(random.int(30, 100));
  const ja4 = scriptFingerprint(random);
  return distributed(stage, "distributed-range", name, addresses, () => ja4);
}

/** One tool on addresses all over the world. */
export function botnet(stage: Stage, name: string): Actor {
  const { random } = stage;
  const addresses = Array.from({ length: random.int(50, 150) }, () => stage.addresses.v4());
  const ja4 = scriptFingerprint(random);
  return distributed(stage, "distributed-fingerprint", name, addresses, () => ja4);
}

function distributed(
  stage: Stage,
  kind: OffenceKind,
  name: string,
  addresses: readonly string[],
  fingerprint: () => string,
): Actor {
  const { random } = stage;
  const perMinute = 1 / random.int(20, 120);
  const offences = addresses.flatMap((ip, member) => {
    const caller = { ip, ja4: fingerprint() };
    return attempts(stage, scriptOf(kind, `${name}-${member}`, random), () => caller, perMinute, random.int(4, 9));
  });
  return { kind, benign: false, perMinute, addresses, offences, calls: [] };
}
