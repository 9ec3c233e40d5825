import fc from "fast-check";
import { ConflictError, InvalidInputError } from "../../functions/domain/errors.ts";
import { GATE, gatePattern } from "../../functions/domain/gate.ts";
import { DAY, HOUR, type Instant, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { type GateOrder, patternsOfRule, readGateDocument } from "../../functions/edge/gate-rotation.ts";
import { type GatePorts, type GateRule, type SecretStore, tendGates } from "../../functions/edge/tend-gates.ts";
import { seededBytes } from "../../local/world/seeded-bytes.ts";

const START = Date.UTC(2026, 10, 22, 10);
const TICK = 15 * MINUTE;
/** What edges and rules may lag behind the document and the set. */
const EDGE_LAG = 15 * MINUTE;
const RULE_LAG = 5 * MINUTE;
/** The oldest call that a rollup may still read. */
const LOOKED_AT = 25 * HOUR + 15 * MINUTE;

const OLD = "OldOldOldOldOldOldOldO";
const NEW = "NewNewNewNewNewNewNewN";
const LATE = "LateLateLateLateLateLa";

class Crash extends Error {}

/** A secret, a rule and a clock, with the history of both; every call of a port may be where a tick crashes. */
function aPool({ text = "{}", withRule = true }: { text?: string; withRule?: boolean } = {}) {
  let now: Instant = START;
  let lockToken = 0;
  let made = 0;
  let call = 0;
  const documents = [{ at: START - DAY, text }];
  const rules = [{ at: START - DAY, patterns: ["^portcullis/1 [(]"] as readonly string[] }];
  let crash: { at: number; after: boolean } | null = null;

  async function effect<T>(work: () => T): Promise<T> {
    const isHit = crash?.at === call++;
    if (isHit && !crash?.after) throw new Crash();
    await Promise.resolve();
    const result = work();
    if (isHit) throw new Crash();
    return result;
  }
  const current = () => ({ ...(documents.at(-1) ?? { at: 0, text: "" }), version: String(documents.length) });
  const secret: SecretStore = {
    read: () => effect(() => ({ text: current().text, version: current().version, writtenAt: current().at })),
    replace: (version, next) =>
      effect(() => {
        if (version !== current().version) throw new ConflictError("document");
        documents.push({ at: now, text: next });
      }),
  };
  const rule: GateRule = {
    read: () =>
      effect(() => ({
        id: "1",
        patterns: rules.at(-1)?.patterns ?? [],
        lockToken: String(lockToken),
        description: "",
      })),
    write: ({ lockToken: held, patterns }) =>
      effect(() => {
        if (held !== String(lockToken)) throw new ConflictError("rule");
        lockToken++;
        rules.push({ at: now, patterns });
      }),
  };
  const ports: GatePorts = {
    secret,
    rule: withRule ? rule : null,
    now: () => now,
    fresh: { gate: () => `Gate${String(made++).padStart(18, "0")}`, tagKey: () => "k".repeat(43) },
  };
  const tick = (order?: GateOrder, rotateDays = 7) => {
    call = 0;
    return tendGates(ports, { secretName: "arn", rotateDays, ...(order && { order }) });
  };
  return {
    tick,
    documents,
    rules,
    write: (next: unknown) => void documents.push({ at: now, text: JSON.stringify(next) }),
    pass(time: number) {
      now += time;
    },
    crashAt(at: number, after: boolean) {
      crash = { at, after };
    },
    heal() {
      crash = null;
    },
    now: () => now,
    document: () => JSON.parse(current().text),
    patterns: () => rules.at(-1)?.patterns,
  };
}
type Pool = ReturnType<typeof aPool>;

async function ticks(pool: Pool, time: number): Promise<void> {
  for (const end = pool.now() + time; pool.now() < end; pool.pass(TICK)) await pool.tick();
}

test("the first tick makes a gate and, where none was generated, the key of user tags; all else is kept", async () => {
  const pool = aPool({ text: JSON.stringify({ gates: [], clients: { a: { secrets: ["s"] } }, note: "ours" }) });
  expect(await pool.tick()).toEqual({ phase: "rest", gates: 1, documentWritten: true, ruleWritten: true });
  const { gates, tagKey, clients, note } = pool.document();
  expect([gates.length, GATE.test(gates[0]), tagKey.length, clients, note]).toEqual([
    ...[1, true, 43],
    ...[{ a: { secrets: ["s"] } }, "ours"],
  ]);
  expect(await pool.tick()).toMatchObject({ documentWritten: false, ruleWritten: false });
});

test("a week later a new gate is learnt, then used, and after more than a day the old one is forgotten", async () => {
  const pool = aPool({ text: JSON.stringify({ gates: [OLD], tagKey: "k".repeat(43), clients: {} }) });
  await ticks(pool, 5 * DAY);
  expect(pool.documents).toHaveLength(1);
  const seen: string[] = [];
  for (const end = pool.now() + 3 * DAY; pool.now() < end; pool.pass(TICK)) {
    await pool.tick();
    const { gates, gateRotation } = pool.document();
    const text = `${gateRotation?.phase} ${gates.map((gate: string) => (gate === OLD ? "old" : "new")).join()}`;
    if (seen.at(-1) !== text) seen.push(text);
  }
  expect(seen).toEqual(["undefined old", "learn old,new", "use new,old", "rest new"]);
  expect(pool.patterns()).toEqual([gatePattern(pool.document().gates[0])]);
});

/** All values that something had at some time in `[from, to]`. */
function during<T>(history: readonly { readonly at: Instant; readonly value: T }[], from: Instant, to: Instant): T[] {
  return history
    .filter(({ at }, index) => at <= to && (history[index + 1]?.at ?? Number.POSITIVE_INFINITY) > from)
    .map(({ value }) => value);
}

/** What an edge may write at `at`, whenever it last read the document. */
function writtenAt(pool: Pool, at: Instant): string[] {
  const history = pool.documents.map(({ at: since, text }) => ({ at: since, value: JSON.parse(text).gates?.[0] }));
  return during(history, at - EDGE_LAG, at).filter((gate) => gate !== undefined);
}

/** Calls that the rule would stop: each gate that may be written must stand in each set that may be in force. */
function stopped(pool: Pool, at: Instant): string[] {
  const history = pool.rules.map(({ at: since, patterns }) => ({ at: since, value: patterns }));
  const patterns = during(history, at - RULE_LAG, at);
  const passes = (gate: string) =>
    patterns.every((held) => held.some((pattern) => new RegExp(pattern).test(`portcullis/1 (${gate}; id`)));
  return writtenAt(pool, at).filter((gate) => !passes(gate));
}

/** Gates of calls that are still looked at, which nobody would know any more. */
function forgotten(pool: Pool): string[] {
  const { gates } = pool.document();
  return writtenAt(pool, pool.now())
    .concat(...pool.documents.map(({ at }) => (at > pool.now() - LOOKED_AT ? writtenAt(pool, at) : [])))
    .filter((gate) => !gates.includes(gate));
}

/** Ticks of which any may crash before or after any of its effects; a person may write back a copy an hour old. */
async function disturbedDays(pool: Pool, days: number, draw: () => number, people: boolean): Promise<string[]> {
  const wrong: string[] = [];
  for (const end = pool.now() + days * DAY; pool.now() < end; pool.pass(TICK)) {
    if (draw() < 0.4) pool.crashAt(Math.floor(draw() * 4), draw() < 0.5);
    const stale = pool.documents.findLast(({ at }) => at <= pool.now() - draw() * HOUR);
    if (people && draw() < 0.05 && stale) pool.write({ ...JSON.parse(stale.text), clients: { edited: {} } });
    await Promise.all([pool.tick(undefined, 2), ...(draw() < 0.2 ? [pool.tick(undefined, 2)] : [])].map(unlessCrashed));
    pool.heal();
    wrong.push(...stopped(pool, pool.now()).map((gate) => `${toIso(pool.now())} stops ${gate}`));
    if (!people) wrong.push(...forgotten(pool).map((gate) => `${toIso(pool.now())} forgot ${gate}`));
  }
  return wrong;
}

function unlessCrashed(tick: Promise<unknown>): Promise<unknown> {
  return tick.catch((error: unknown) => {
    if (!(error instanceof Crash) && !(error instanceof ConflictError)) throw error;
  });
}

const aFilledPool = async () => {
  const pool = aPool();
  await pool.tick();
  pool.pass(HOUR);
  return pool;
};

test.each([
  { case: "nobody else writes", people: false },
  { case: "people write the document meanwhile", people: true },
])("whatever crashes and however often ticks come, no call is stopped: $case", async ({ people }) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const pool = await aFilledPool();
      const bytes = seededBytes(seed, "disturbances");
      const wrong = await disturbedDays(pool, 8, () => bytes(4).readUInt32BE() / 2 ** 32, people);
      expect(wrong).toEqual([]);
      // It still gets on.
      expect(new Set(pool.documents.flatMap(({ text }) => JSON.parse(text).gates)).size).toBeGreaterThan(2);
    }),
    { numRuns: 12 },
  );
});

const CALLS = ["the rule is read", "the document is read", "the document is written", "the rule is written"];
const crashes = CALLS.flatMap((name, at) => [
  { case: `before ${name}`, at, after: false },
  { case: `after ${name}`, at, after: true },
]);

test.each(crashes)("a rotation whose every step crashes once $case goes on at the next tick", async ({ at, after }) => {
  const pool = await aFilledPool();
  const [old] = pool.document().gates;
  let steps = pool.documents.length;
  for (const end = pool.now() + 4 * DAY; pool.now() < end; pool.pass(TICK)) {
    pool.crashAt(at, after);
    await unlessCrashed(pool.tick(undefined, 1));
    pool.heal();
    if (pool.documents.length > steps) expect(stopped(pool, pool.now())).toEqual([]);
    steps = pool.documents.length;
    await pool.tick(undefined, 1);
    expect([stopped(pool, pool.now()), forgotten(pool)]).toEqual([[], []]);
  }
  expect(pool.document().gates).not.toContain(old);
});

test("without a rule only the document changes", async () => {
  const pool = aPool({ withRule: false });
  await ticks(pool, 9 * DAY);
  expect(pool.rules).toHaveLength(1);
  expect(pool.documents.map(({ text }) => JSON.parse(text).gateRotation?.phase)).toEqual([
    ...[undefined, "rest", "learn", "use", "rest"],
  ]);
});

test("a leaked gate is gone within two hours, in whatever phase", async () => {
  const pool = aPool({ text: JSON.stringify({ gates: [OLD, NEW], clients: {} }) });
  await pool.tick("leaked");
  await ticks(pool, 2 * HOUR);
  expect(pool.document().gateRotation.phase).toBe("rest");
  for (const leaked of [OLD, NEW]) {
    expect(pool.document().gates).not.toContain(leaked);
    expect(pool.patterns()).not.toContain(gatePattern(leaked));
  }
});

test("an order to rotate starts one, and does not disturb one that is under way", async () => {
  const pool = await aFilledPool();
  await pool.tick("rotate");
  const { gates } = pool.document();
  expect(gates).toHaveLength(2);
  pool.pass(TICK);
  expect(await pool.tick("rotate")).toMatchObject({ phase: "learn", documentWritten: false });
  expect(pool.document().gates).toEqual(gates);
});

test("two gates that a person wrote are both kept for a day, counted from when they were written", async () => {
  const pool = aPool({ text: JSON.stringify({ gates: [OLD, NEW], tagKey: "k".repeat(43), clients: {} }) });
  pool.write(pool.document());
  await ticks(pool, 25 * HOUR);
  expect(pool.document().gates).toEqual([OLD, NEW]);
  await ticks(pool, 2 * HOUR);
  expect(pool.document().gates).toEqual([OLD]);
});

test("the new gate is not used before the rule had it for half an hour", async () => {
  const pool = await aFilledPool();
  pool.crashAt(3, false);
  await unlessCrashed(pool.tick("rotate"));
  pool.heal();
  pool.pass(DAY);
  expect(await pool.tick()).toMatchObject({ phase: "learn", ruleWritten: true });
  pool.pass(15 * MINUTE);
  expect(await pool.tick()).toMatchObject({ phase: "learn", documentWritten: false });
  pool.pass(15 * MINUTE);
  expect(await pool.tick()).toMatchObject({ phase: "use" });
});

test.each([
  { case: "no JSON", text: "hunter2-hunter2" },
  { case: "three gates", text: JSON.stringify({ gates: [OLD, NEW, LATE] }) },
  { case: "a gate of another form", text: JSON.stringify({ gates: ["hunter2"] }) },
])("a document that cannot be used is left alone, and no error quotes it: $case", async ({ text }) => {
  const pool = aPool({ text });
  const failure = await pool.tick().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InvalidInputError);
  expect(String(failure)).not.toMatch(/hunter2|OldOld/);
  expect(pool.documents).toHaveLength(1);
});

test("a rule keeps no more patterns than AWS takes, and the valid ones first", () => {
  const held = Array.from({ length: 12 }, (_, index) => `^held ${index}`);
  expect(patternsOfRule(held, [NEW, OLD], 0)).toEqual([gatePattern(NEW), gatePattern(OLD), ...held.slice(0, 8)]);
  expect(patternsOfRule(held, [NEW, OLD], HOUR)).toEqual([gatePattern(NEW), gatePattern(OLD)]);
});

test("what the document says of the rotation is not believed where its gates say otherwise", () => {
  const stale = { phase: "learn", since: toIso(START) };
  expect(readGateDocument(JSON.stringify({ gates: [OLD], gateRotation: stale }), "arn").gateRotation).toEqual(stale);
  expect(readGateDocument(JSON.stringify({ gates: [OLD], gateRotation: "soon" }), "arn").gateRotation).toBeUndefined();
});
