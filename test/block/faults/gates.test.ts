/** The tick that tends the gates: whatever fails in it, no call is stopped, nothing is forgotten, and a rotation comes to its end. */
import { ANY_GATE, gatePattern } from "../../../functions/domain/gate.ts";
import { HOUR, type Instant, MINUTE, SECOND, toIso } from "../../../functions/domain/instant.ts";
import type { GateRule, SecretStore } from "../../../functions/edge/tend-gates.ts";
import { NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { environment } from "./environment.ts";
import { type FaultCase, failEveryCall } from "./every-fault.ts";

const OLD = "OldOldOldOldOldOldOldO";
const NEW = "NewNewNewNewNewNewNewN";
const kept = { tagKey: "k".repeat(43), clients: { app: { secrets: ["s".repeat(22)] } }, note: "a person's" };

let deployment: Deployment;
let secret: SecretStore;
let rule: GateRule;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
  const { secretVersions } = await import("../../../functions/edge/aws/secret-versions.ts");
  const { gateSet } = await import("../../../functions/edge/aws/gate-set.ts");
  secret = secretVersions(environment.SECRET_ARN);
  rule = gateSet(environment.GATE_SET, environment.POOL_REGION);
});
afterAll(() => deployment.stop());

interface Story {
  readonly case: string;
  readonly gates: readonly string[];
  readonly phase: "rest" | "learn" | "use";
  readonly minutes: number;
  readonly patterns: readonly string[];
  readonly order?: "rotate";
  /** Which gate edges write in the end; null for one that was made. */
  readonly ends: string | null;
}
const stories: readonly Story[] = [
  { case: "the first gate is made", gates: [], phase: "rest", minutes: 0, patterns: [ANY_GATE], ends: null },
  {
    ...{ case: "a new gate is made", gates: [OLD], phase: "rest", minutes: 60, patterns: [gatePattern(OLD)] },
    ...{ order: "rotate", ends: null },
  },
  {
    ...{ case: "the rule is told late", gates: [OLD, NEW], phase: "learn", minutes: 60 },
    ...{ patterns: [gatePattern(OLD)], ends: NEW },
  },
  {
    ...{ case: "the new gate is used", gates: [OLD, NEW], phase: "learn", minutes: 31 },
    ...{ patterns: [OLD, NEW].map(gatePattern), ends: NEW },
  },
  {
    ...{ case: "the old gate is forgotten", gates: [NEW, OLD], phase: "use", minutes: 27 * 60 },
    ...{ patterns: [OLD, NEW].map(gatePattern), ends: NEW },
  },
  {
    ...{ case: "the rule forgets it, too", gates: [NEW], phase: "rest", minutes: 60 },
    ...{ patterns: [OLD, NEW].map(gatePattern), ends: NEW },
  },
];

/** The gates that edges have been told to write, each since when. */
let written: { readonly at: Instant; readonly gate: string | undefined }[] = [];
const EDGE_LAG = 15 * MINUTE;

async function begin({ gates, phase, minutes, patterns, order }: Story): Promise<unknown> {
  deployment.pass(2 * HOUR);
  await deployment.begin();
  const gateRotation = { phase, since: toIso(Date.now()) };
  const document = gates.length > 0 ? { ...kept, gates, gateRotation } : { ...kept, gates };
  await deployment.timed(async () => {
    const { version } = await secret.read();
    await secret.replace(version, JSON.stringify(document));
    const set = await rule.read();
    if (set) await rule.write({ ...set, patterns });
  });
  deployment.pass(minutes * MINUTE + 2 * SECOND);
  written = [{ at: Date.now() - HOUR, gate: gates[0] }];
  return order ? { order } : {};
}

async function look(): Promise<{ document: Record<string, unknown>; gates: string[]; patterns: readonly string[] }> {
  const { text } = await deployment.timed(() => secret.read());
  const set = await deployment.timed(() => rule.read());
  const document = JSON.parse(text);
  return { document, gates: document.gates, patterns: set?.patterns ?? [] };
}

/** Holds at every instant: the rule and whoever reads logs know each gate that an edge may write. */
async function expectSound(): Promise<{ gates: string[]; patterns: readonly string[] }> {
  const { document, gates, patterns } = await look();
  expect(document).toMatchObject(kept);
  if (written.at(-1)?.gate !== gates[0]) written.push({ at: Date.now(), gate: gates[0] });
  const until = (index: number) => written[index + 1]?.at ?? Number.POSITIVE_INFINITY;
  const inUse = written.filter((_, index) => until(index) > Date.now() - EDGE_LAG).flatMap(({ gate }) => gate ?? []);
  for (const gate of inUse) {
    expect(gates).toContain(gate);
    expect(patterns.some((pattern) => new RegExp(pattern).test(`portcullis/1 (${gate}; id`))).toBe(true);
  }
  return { gates, patterns };
}

async function tick(event: unknown): Promise<void> {
  expect((await deployment.run("gates", event)).error).toBeUndefined();
  await expectSound();
}

async function settle(story: Story, { fault, end }: FaultCase, event: unknown): Promise<void> {
  await expectSound();
  // What an SDK's second try finds done was done by nobody else.
  if (fault === "late-answer") expect(end.error).not.toBe("ConflictError");
  deployment.pass(2 * SECOND);
  // Whoever gave the order saw that it failed, and gives it again.
  if (end.error !== undefined) await tick(event);
  for (const minutes of [15, 15, 15, 26 * 60, 30, 30]) {
    deployment.pass(minutes * MINUTE);
    await tick({});
  }
  const { gates, patterns } = await expectSound();
  expect(gates).toEqual([story.ends ?? written.at(-1)?.gate]);
  expect(patterns).toEqual(gates.map(gatePattern));
  // One rotation, however often it was tried.
  expect(written.length).toBeLessThanOrEqual(2);
  const told = JSON.stringify([deployment.told(), end]);
  for (const word of [...gates, ...written.flatMap(({ gate }) => gate ?? []), kept.tagKey, "s".repeat(22)])
    expect(told).not.toContain(word);
}

test.each(stories)(
  "whatever fails while $case, no call is stopped and the rotation ends",
  async (story) => {
    await failEveryCall(deployment, {
      ...{ name: `gates, ${story.case}`, handler: "gates", walks: stories.length },
      begin: () => begin(story),
      settle: (end, event) => settle(story, end, event),
    });
  },
  600_000,
);
