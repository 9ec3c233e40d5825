/** Documents that several runs change, in the bucket: nobody's change is lost, whoever is faster. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { s3Evidence } from "../../functions/block/aws/evidence-store.ts";
import { notify } from "../../functions/block/notify.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { createS3 } from "../../local/s3.ts";
import { plainClock, sdkConfig } from "../local/builders.ts";
import { aPlan, aRun, NOON } from "./builders.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-evidence-"));
let server: AwsServer;
let evidence: ReturnType<typeof s3Evidence>;
beforeAll(async () => {
  server = await startAwsServer({
    clock: plainClock,
    services: { s3: createS3({ folder, buckets: ["evidence"] }).service },
  });
  evidence = s3Evidence("evidence", { ...sdkConfig(server.url), forcePathStyle: true });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test("of changes made at the same time none is lost, also of the first ones", async () => {
  const add = (name: string) => evidence.amend("runs/shared.json", (document) => ({ ...Object(document), [name]: 1 }));
  for (const names of [["a", "b", "c"], ["d", "e"], ["f"]]) await Promise.all(names.map(add));
  expect(Object.keys(Object(await evidence.read("runs/shared.json"))).sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
});

test("who wants no change writes nothing", async () => {
  await evidence.amend("runs/untouched.json", () => null);
  expect(await evidence.read("runs/untouched.json")).toBeNull();
});

test("who takes long to make a document makes it again of what stands there meanwhile, and knows what is newer", async () => {
  const key = "runs/slow.json";
  let tries = 0;
  const slow = await evidence.replace(key, async (before) => {
    tries += 1;
    if (tries === 1) await evidence.write(key, { faster: 1 });
    return { ...Object(before), slow: 1 };
  });
  expect(slow.document).toEqual({ faster: 1, slow: 1 });
  expect(await evidence.newerThan(key, slow.tag)).toBeNull();
  await evidence.write(key, { later: 1 });
  expect(await evidence.newerThan(key, slow.tag)).toMatchObject({ document: { later: 1 } });
});

test("rounds and a decision that end in one instant all count for the run's relief", async () => {
  const counts = { banned: 1, extended: 0, unchanged: 0, overflow: 0, refused: 0 };
  const ports = {
    evidence,
    topic: { publish: async () => {} },
    proposals: { putDone: async () => {} },
    calls: async () => new Map(),
  };
  const scene = { now: NOON, runbookUrl: "https://example.org/runbook", quotas: {} };
  const answer = { schema: 1, decision: "approved", planKey: "p", by: "ada", waitedSeconds: 90 };
  const ends = await Promise.all(
    [1, 2, 3].map(async (round) => {
      const run = aRun({ runId: "run-at-once", round });
      const approved = { origin: "approved" as const, by: "ada", proposalId: "p-1" };
      const plan = aPlan({ run, ...(round === 3 && approved) });
      const planKey = `runs/run-at-once/${round}/plan.json`;
      await evidence.write(planKey, plan);
      return { run, planKey, applied: { schema: 1, run, counts, sourcesWritten: 1 }, ...(round === 3 && { answer }) };
    }),
  );
  await Promise.all(ends.map((event) => notify(ports, event, scene)));
  expect(Object.keys(Object(await evidence.read("runs/run-at-once/relief.json"))).sort()).toEqual([
    "proposal p-1",
    "round 1",
    "round 2",
  ]);
});
