/** A policy set at run time, by the command, on a deployment: the deployed functions go by it from their next invocation on. */
import { writeFileSync } from "node:fs";

import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { aVerdict } from "../block/builders.ts";
import { run } from "../cli/run-command.ts";
import { sdkConfig } from "../local/builders.ts";
import { type AtADesk, sitDown } from "./at-a-desk.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";
import { invoke, planned } from "./judged.ts";

jest.setTimeout(120_000);

let scenario: Scenario;
let desk: AtADesk;

/** One world for the whole story: each test takes up where the one before has left it. */
beforeAll(async () => {
  scenario = await aScenario();
  desk = sitDown(scenario, scenarioConfig);
  writeFileSync("strict.json", JSON.stringify({ guards: { hourlyBans: 3 }, ban: scenarioConfig.policy?.ban }));
});
afterAll(async () => {
  desk?.leave();
  await scenario?.stop();
});

async function policy(...args: string[]) {
  process.exitCode = undefined;
  const ended = await scenario.clock.during(() => run("policy", ...args, "--local"));
  process.exitCode = undefined;
  return ended;
}
const json = async (...args: string[]) => JSON.parse((await policy(...args, "--json")).out);

let runs = 0;
/** How many of two certain offenders a run would ban and file. */
async function twoOffenders() {
  runs += 1;
  const verdicts = [1, 2].map((n) => aVerdict({ source: `203.0.113.${10 * runs + n}/32` }));
  const { counts } = await planned(scenario, `run-${runs}`, verdicts);
  return { apply: counts.apply, file: counts.file };
}

test("the deployed policy is in force until somebody sets one, and both are bans hands-off", async () => {
  expect(await json("show")).toMatchObject({ origin: "config", version: 0, by: null, problem: null });
  expect(await twoOffenders()).toEqual({ apply: 2, file: 0 });
});

test("diff says what a file would change, and changes nothing", async () => {
  const { changes } = await json("diff", "strict.json");
  expect(changes).toEqual([
    { path: "guards.hourlyBans", from: 500, to: 3, default: 500, means: expect.stringContaining("Automatic bans") },
  ]);
  expect(await json("show")).toMatchObject({ origin: "config", version: 0 });
});

test("set puts it in force for the next invocation, without a deployment, and status names it", async () => {
  const { code, out } = await policy("set", "strict.json", "--yes");
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("as version 1") });
  expect(await twoOffenders()).toEqual({ apply: 1, file: 1 });
  const status = await scenario.clock.during(() => run("status", "--local"));
  const named = expect.stringMatching(/policy +set by cli:.*version 1; 1 value differs from the config/);
  expect(status).toEqual({ code: 0, err: "", out: named });
});

test("who looked at an older version is told, and nothing is set", async () => {
  const { code, err } = await policy("set", "--deployed", "--yes", "--of-version", "0");
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("Version 1 is in force now") });
  expect(await json("show")).toMatchObject({ origin: "set", version: 1 });
});

test("without somebody to ask nothing is set", async () => {
  const { code, err } = await policy("set", "--deployed");
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("--yes") });
});

test("garbage in its place leaves the deployed policy in force; the sweep measures it, and the command says so", async () => {
  const table = ledgerTable(scenario.names.ledgerTable, sdkConfig(scenario.awsEndpoint));
  const item = {
    pk: { S: "POLICY" },
    sk: { S: "POLICY" },
    version: { N: "7" },
    doc: { S: '{"policy":{"scor\u001be":1}' },
  };
  await table.put(item);
  expect(await twoOffenders()).toEqual({ apply: 2, file: 0 });
  await invoke(scenario, "sweep", {});
  const lines = scenario.events.flatMap((event) => (event.kind === "lambda-log" ? [event.log.text] : []));
  expect(lines.findLast((line) => line.includes("PolicyUnusable"))).toContain('"PolicyUnusable":1');
  const shown = await policy("show");
  expect(shown).toMatchObject({ code: 3, out: expect.stringContaining("as deployed, because the one that was set") });
  expect(shown.out).not.toContain("\u001be");
});

test("going back to the deployed policy mends it", async () => {
  expect(await policy("set", "--deployed", "--yes")).toMatchObject({ code: 0 });
  expect(await json("show")).toMatchObject({ origin: "config", version: 8, problem: null });
  await invoke(scenario, "sweep", {});
  const lines = scenario.events.flatMap((event) => (event.kind === "lambda-log" ? [event.log.text] : []));
  expect(lines.findLast((line) => line.includes("PolicyUnusable"))).toContain('"PolicyUnusable":0');
});

test("a file that is no policy is refused with all that is wrong in it", async () => {
  writeFileSync("wrong.json", JSON.stringify({ score: { ban: 300 }, detections: { "call-rate": { banAt: 0 } } }));
  const { code, err } = await policy("set", "wrong.json", "--yes");
  expect(code).toBe(2);
  expect(err).toMatch(/score\.ban[\s\S]*call-rate\.banAt/);
});

test("nothing went wrong besides", () => {
  expect(scenario.mishaps()).toEqual([]);
});
