/** A proposal that nobody answers is open while an attack raises the quota alarms: who waits holds nothing up. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseDeployment } from "../../functions/domain/deployment.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { writeLocalFile } from "../../local/demo/local-file.ts";
import { aVerdict } from "../block/builders.ts";
import { run } from "../cli/run-command.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";
import { planned } from "./judged.ts";

jest.setTimeout(120_000);

const attackers = ["198.51.100.7", "198.51.100.8"];
const doubtful = ["203.0.113.99/32", "203.0.113.100/32"].map((source, n) =>
  aVerdict({ source, handsOff: false, needsPerson: ["no-baseline"], score: 94 - n }),
);
let scenario: Scenario;
beforeAll(async () => {
  scenario = await aScenario();
});
afterAll(() => scenario?.stop());

const inAlarm = () =>
  scenario.alarms
    .list()
    .some(({ name, state }) => name === "portcullis-UserAuthentication-90" && state.value === "ALARM");

test("a 90 % alarm is acted on in the first round that has evidence, while a proposal of its category waits", async () => {
  await scenario.spray(attackers, inAlarm, { minutes: 5 });
  expect(inAlarm()).toBe(true);
  await planned(scenario, "earlier", doubtful, { notes: ["a fingerprint\u001b[2J"] });

  const refused = new Set<string>();
  const stop = scenario.on((event) => {
    if (event.kind === "inspection" && event.inspection.action === "BLOCK") refused.add(event.request.clientIp);
  });
  const asking = () =>
    scenario.executions.all().filter(({ machine, status }) => machine.name.includes("approve") && status === "RUNNING");
  const alarmAt = scenario.clock.now();
  await scenario.spray(attackers, () => refused.size > 0, { minutes: 9 });
  stop();
  expect(attackers).toEqual(expect.arrayContaining([...refused]));
  expect(refused.size).toBeGreaterThan(0);
  // Of the nine minutes the logs take five or more; the proposal was open from before the first round to the end.
  expect(scenario.clock.now() - alarmAt).toBeLessThan(9 * MINUTE);
  expect(asking()).toHaveLength(1);
  expect(await scenario.signIn("203.0.113.99")).not.toMatchObject({ status: 403 });
  expect(roundsUnused()).toEqual([]);
});

/** Rounds of the alarm's run whose verdicts were certain of an attacker, and that banned nobody all the same. */
function roundsUnused(): string[] {
  const read = (key: string) => JSON.parse(String(scenario.store.get(scenario.names.evidenceBucket, key)));
  const plans = scenario.store
    .list(scenario.names.evidenceBucket, "runs/")
    .filter(({ key }) => key.endsWith("/plan.json"))
    .map(({ key }) => ({ key, plan: read(key) }))
    .filter(({ plan }) => plan.run.runId !== "earlier" && plan.run.category === "UserAuthentication");
  expect(plans.some(({ plan }) => plan.apply.length > 0)).toBe(true);
  return plans.flatMap(({ key, plan }) => {
    const { verdicts } = read(key.replace("plan.json", "verdicts.json"));
    const certain = verdicts.some(
      (one: { verdict: string; handsOff: boolean }) => one.verdict === "ban" && one.handsOff,
    );
    return certain && plan.apply.length === 0 ? [key] : [];
  });
}

describe("the same decision by the command line", () => {
  const before = { folder: process.cwd(), environment: { ...process.env } };
  const folder = mkdtempSync(join(tmpdir(), "portcullis-test-"));
  let clock: Server;
  beforeAll(async () => {
    clock = createServer((_, response) => response.end(String(scenario.clock.now())));
    await new Promise<void>((resolve) => void clock.listen(0, "127.0.0.1", resolve));
    const { port } = clock.address() as AddressInfo;
    const urls = { awsEndpoint: scenario.awsEndpoint, viewerUrl: scenario.viewerUrl, poolUrl: scenario.poolUrl };
    const config = parseDeployment(scenarioConfig, "scenario");
    writeLocalFile(folder, { pid: process.pid, ...urls, clockUrl: `http://127.0.0.1:${port}/`, config });
    process.chdir(folder);
  });
  afterAll(async () => {
    process.chdir(before.folder);
    process.env = before.environment;
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => clock.close(resolve));
  });

  const approvals = (...args: string[]) => scenario.clock.during(() => run("approvals", ...args, "--local"));
  let id = "";

  test("list and show print one JSON document, or a table with what a person should look at", async () => {
    const list = await approvals("list", "--json");
    expect([list.code, list.err]).toEqual([0, expect.not.stringContaining("error")]);
    const [proposal] = JSON.parse(list.out);
    id = proposal.id;
    // No dash in it, which the command line would take for an option.
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(proposal).toMatchObject({ status: "open", version: 1, sources: 2, category: "UserAuthentication" });
    const shown = await approvals("show", id, "--json");
    expect(JSON.parse(shown.out)).toMatchObject({ id, entries: [{ source: "203.0.113.99/32" }, { score: 93 }] });
    const { out } = await approvals("show", id);
    expect(out).toContain("  - a fingerprint\\u001b[2J");
    expect(out).toContain(`portcullis approvals approve ${id} --of-version 1`);
  });

  test.each([
    { case: "an id that nobody knows", args: ["reject", "nobody-knows-this-one"], code: 1, says: "no proposal" },
    {
      case: "an exception that was not proposed",
      args: ["approve", "ID", "--except", "192.0.2.9"],
      code: 2,
      says: "192.0.2.9",
    },
    { case: "an exception that is no address", args: ["approve", "ID", "--except", "x"], code: 2, says: "neither" },
    {
      case: "another version than was looked at",
      args: ["approve", "ID", "--of-version", "7"],
      code: 1,
      says: "is of version 1 now",
    },
    { case: "a version that is none", args: ["approve", "ID", "--of-version", "-1"], code: 2, says: "version" },
    { case: "no id", args: ["approve"], code: 2, says: "missing" },
  ])("$case ends with code $code and decides nothing", async ({ args, code, says }) => {
    const end = await approvals(...args.map((arg) => (arg === "ID" ? id : arg)));
    expect([end.code, end.out]).toEqual([code, ""]);
    expect(end.err).toContain(says);
    expect(JSON.parse((await approvals("show", id, "--json")).out).status).toBe("open");
  });

  test("approve bans all but the exceptions, once, and the machine applies it", async () => {
    const args = [
      "approve",
      id,
      "--except",
      "203.0.113.100",
      "--of-version",
      "1",
      "--comment",
      "seen\u001b[2J",
      "--json",
    ];
    const { code, out } = await approvals(...args);
    expect([code, JSON.parse(out)]).toMatchObject([0, { status: "approved", decision: { approved: 1, rejected: 1 } }]);
    const again = await approvals("reject", id);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining("was decided before: approved")]);
    await scenario.until(async () => (await scenario.signIn("203.0.113.99")).status === 403, "the ban", 2);
    expect(await scenario.signIn("203.0.113.100")).not.toMatchObject({ status: 403 });
    expect((await approvals("show", id)).out).toMatch(/approved 1, rejected 1 by cli:\S+ at \S+: seen\\u001b\[2J/);
  });
});
