import { type PolicyInForce, policyInForce, setPolicy } from "../../functions/block/policy-in-force.ts";
import { ConflictError } from "../../functions/domain/errors.ts";
import { defaultPolicy, type Policy, policySchema } from "../../functions/domain/policy.ts";
import { NOON } from "./builders.ts";
import { type Fault, memoryLedger } from "./memory-ledger.ts";

const deployed = policySchema.parse({ score: { ban: 80 } });
const wanted = policySchema.parse({ detections: { "password-spray": { banAt: 20 } }, ban: { capMinutes: 600 } });

function desk(fault?: Fault) {
  const ledger = memoryLedger(fault);
  const told: object[] = [];
  const ports = { ...ledger, timing: { now: () => NOON }, journal: (record: object) => void told.push(record) };
  const set = (policy: Policy | null, after: number, by = "cli:ada") =>
    setPolicy(ports, { policy, after, by, why: "score.ban 80 → 70" });
  return { ledger, told, ports, set, inForce: () => policyInForce(ledger, deployed) };
}

const asDeployed: PolicyInForce = {
  ...{ policy: deployed, origin: "config", version: 0, by: null, at: null, problem: null },
};

test("until somebody sets one the deployed policy is in force", async () => {
  expect(await desk().inForce()).toEqual(asDeployed);
});

test("what is set takes the place of the deployed policy, whole, and is recorded with who and when", async () => {
  const { set, inForce, ledger, told } = desk();
  expect(await set(wanted, 0)).toBe(1);
  const at = new Date(NOON).toISOString();
  expect(await inForce()).toEqual({ policy: wanted, origin: "set", version: 1, by: "cli:ada", at, problem: null });
  const record = { event: "policy.changed", at, id: "policy:1", by: "cli:ada", why: "score.ban 80 → 70" };
  expect([...ledger.stored.records.values()]).toEqual([{ ...record, facts: { version: 1 } }]);
  expect(told).toHaveLength(1);
});

test("going back to the deployed policy follows the config from then on, and keeps counting versions", async () => {
  const { set, inForce, ledger } = desk();
  await set(wanted, 0);
  await set(null, 1, "cli:bob");
  expect(await inForce()).toMatchObject({ ...asDeployed, version: 2, by: "cli:bob", at: expect.any(String) });
  expect((await policyInForce(ledger, defaultPolicy)).policy).toEqual(defaultPolicy);
});

test("of two people who looked at one version the second is told, and nothing of hers is written", async () => {
  const { set, inForce, ledger } = desk();
  const ends = await Promise.allSettled([set(wanted, 0, "cli:ada"), set(defaultPolicy, 0, "cli:bob")]);
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(ends[1]).toMatchObject({ reason: expect.any(ConflictError) });
  expect(await inForce()).toMatchObject({ policy: wanted, by: "cli:ada" });
  expect(ledger.stored.records.size).toBe(1);
});

test("of many at once exactly one gets through, each time", async () => {
  const { set, inForce } = desk();
  for (let version = 0; version < 5; version += 1) {
    const people = Array.from({ length: 10 }, (_, n) => set(wanted, version, `cli:${n}`));
    const ends = await Promise.allSettled(people);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  }
  expect(await inForce()).toMatchObject({ version: 5 });
});

const said = { by: "cli:ada", at: "2026-11-22T12:00:00.000Z" };
test.each([
  { case: "nothing", text: "" },
  { case: "no JSON", text: "{" },
  { case: "no object", text: "42" },
  { case: "nobody who set it", text: '{"policy": {}}' },
  { case: "a key that this version does not know", text: JSON.stringify({ ...said, policy: { score: { melt: 1 } } }) },
  {
    case: "a detection that this version does not know",
    text: JSON.stringify({ ...said, policy: { detections: { x: {} } } }),
  },
  {
    case: "a threshold of nothing",
    text: JSON.stringify({ ...said, policy: { detections: { "call-rate": { banAt: 0 } } } }),
  },
  { case: "a number that is none", text: JSON.stringify({ ...said, policy: { score: { ban: "70" } } }) },
  { case: "a contradiction", text: JSON.stringify({ ...said, policy: { score: { ban: 30 } } }) },
])("a document that holds $case leaves the deployed policy in force, and says why", async ({ text }) => {
  const { ledger, inForce, set } = desk();
  await ledger.policies.putPolicy({ version: 1, text });
  const held = await inForce();
  expect(held).toEqual({ ...asDeployed, version: 1, problem: expect.stringMatching(/\S/) });
  await set(wanted, held.version);
  expect(await inForce()).toMatchObject({ policy: wanted, version: 2, problem: null });
});

test("a ledger that cannot be read is no reason to judge by something else", async () => {
  const { inForce } = desk((call) => {
    if (call === "getPolicy") throw new Error("throttled");
  });
  await expect(inForce()).rejects.toThrow("throttled");
});
