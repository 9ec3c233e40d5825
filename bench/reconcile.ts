/**
 * Reconcile over a ledger and IP sets in memory, beside the one limit that no code gets round: AWS WAF takes one write a second from an
 * account, and one UpdateIPSet replaces a whole set.
 */
import type { IpSets } from "../functions/domain/environment.ts";
import { HOUR, MINUTE, toIso } from "../functions/domain/instant.ts";
import { aBan, aClaim, loneSource, NOON, sets } from "../test/block/builders.ts";
import { aScene, type Scene } from "../test/block/scene.ts";
import type { Figure, Section } from "./section.ts";

const SET_CAPACITY = 10_000;
/** WAF: one UpdateIPSet a second and account. */
const SECONDS_A_WRITE = 1;

interface Reconciled {
  readonly what: string;
  readonly bans: number;
  readonly milliseconds: number;
  readonly writes: number;
}

export async function benchReconcile(): Promise<Section> {
  const timings: Reconciled[] = [];
  for (const bans of [1_000, 10_000, 40_000, 100_000]) timings.push(...(await reconciled(bans)));
  return {
    text: [
      "Milliseconds of one reconcile, projection, merging, planning and reading back included, over a ledger and sets in memory; beside the seconds",
      "that WAF's rate of one write a second asks for the sets that it wrote. Below one the limit is WAF's; of a reconcile that writes nothing there is none.",
      "",
      "| bans in force | what | ms | sets written | WAF's seconds | ratio |",
      "|---:|---|---:|---:|---:|---:|",
      ...timings.map(row),
    ].join("\n"),
    figures: timings.flatMap(figureOf),
  };
}

async function reconciled(bans: number): Promise<Reconciled[]> {
  const scene = aScene({ sets: shardsFor(bans) });
  scene.ledger.put(...Array.from({ length: bans }, (_, n) => banOf(n)));
  const steps: readonly (readonly [what: string, before: () => void])[] = [
    ["into empty sets", () => {}],
    ["nothing to do", () => {}],
    ["one more", () => scene.ledger.put(banOf(bans))],
    ["one that is over", () => scene.pass(2 * MINUTE)],
  ];
  const timings: Reconciled[] = [];
  for (const [what, before] of steps) {
    before();
    timings.push({ what, bans, ...(await timed(scene)) });
  }
  return timings;
}

async function timed(scene: Scene): Promise<Pick<Reconciled, "milliseconds" | "writes">> {
  const writes = scene.waf.writes();
  const start = performance.now();
  await scene.reconcile();
  return { milliseconds: performance.now() - start, writes: scene.waf.writes() - writes };
}

/** The first ends in a minute. */
function banOf(n: number) {
  const expiresAt = toIso(NOON + (n === 0 ? MINUTE : HOUR));
  return aBan({ source: loneSource(n), expiresAt, claims: { "run-1": aClaim({ until: expiresAt }) } });
}

function shardsFor(bans: number): IpSets {
  const count = Math.ceil((bans + 1) / SET_CAPACITY);
  const v4 = Array.from({ length: count }, (_, n) => `auto-v4-${n + 1}`);
  return { edge: { ...sets.edge, auto: { v4, v6: ["auto-v6-1"] } }, pool: null };
}

const secondsAtWaf = ({ writes }: Reconciled) => writes * SECONDS_A_WRITE;
const ratioOf = (timing: Reconciled) => timing.milliseconds / 1000 / secondsAtWaf(timing);

function row(timing: Reconciled): string {
  const { bans, what, milliseconds, writes } = timing;
  const ratio = writes === 0 ? "–" : ratioOf(timing).toPrecision(2);
  return `| ${[bans, what, milliseconds.toFixed(0), writes, secondsAtWaf(timing), ratio].join(" | ")} |`;
}

function figureOf(timing: Reconciled): Figure[] {
  if (timing.writes === 0) return [];
  const what = `${timing.what}, ${timing.bans.toLocaleString("en")} bans`;
  return [{ what, beside: "WAF's one write a second", ratio: ratioOf(timing), aim: 1 }];
}
