import { MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { runReportSchema } from "../../functions/domain/run-report.ts";
import { run } from "../cli/run-command.ts";
import { sitDown } from "./at-a-desk.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";
import { decisionsIn, functionsOf, unwritten } from "./insights.ts";
import { queriesRead, reportOf } from "./reported.ts";

jest.setTimeout(120_000);

const attackers = ["198.51.100.7", "198.51.100.8", "2001:db8:1:2::9"];
const bystander = "203.0.113.5";
let scenario: Scenario;
let alarmAt = 0;

/** One world for the whole story: each test takes up where the one before has left it. */
beforeAll(async () => {
  scenario = await aScenario();
  scenario.cognito.users.addUser("anna@example.org", "Right-Horse-7");
});
afterAll(() => scenario?.stop());

const annaSignsIn = (from = bystander) =>
  scenario.signIn(from, { user: "anna@example.org", password: "Right-Horse-7" });
const executions = () => scenario.executions.all();

test("before the attack a user signs in through the distribution", async () => {
  expect(await annaSignsIn()).toMatchObject({ status: 200, body: { AuthenticationResult: expect.anything() } });
});

test("a password spray through real requests raises the template's alarm, and the alarm starts a run", async () => {
  const inAlarm = () =>
    scenario.alarms
      .list()
      .some(({ name, state }) => name === "portcullis-UserAuthentication-50" && state.value === "ALARM");
  await scenario.spray(attackers, inAlarm, { minutes: 4 });
  expect(inAlarm()).toBe(true);
  alarmAt = scenario.clock.now();
  expect(executions().map(({ machine, status }) => [machine.name, status])).toContainEqual([
    "portcullis-mitigate",
    "RUNNING",
  ]);
});

test("once the logs are in, every attacking source is refused at the edge with an answer that SDKs can read", async () => {
  const refused = new Set<string>();
  const stop = scenario.on((event) => {
    if (event.kind === "inspection" && event.inspection.action === "BLOCK") refused.add(event.request.clientIp);
  });
  await scenario.spray(attackers, () => attackers.every((address) => refused.has(address)), { minutes: 12 });
  stop();
  expect([...refused].sort()).toEqual(attackers);
  expect(await scenario.signIn(attackers[0] ?? "")).toMatchObject({ status: 403, errorType: "ForbiddenException" });
  expect((scenario.clock.now() - alarmAt) / MINUTE).toBeLessThan(10);
});

test("a banned source cannot use the other door, and its whole /64 is banned", async () => {
  expect(await scenario.signIn(attackers[1] ?? "", { direct: true })).toMatchObject({ status: 403 });
  expect(await scenario.signIn("2001:db8:1:2:ffff::1")).toMatchObject({ status: 403 });
});

test("nobody else is refused", async () => {
  await scenario.clock.wait(2 * SECOND);
  expect(await annaSignsIn()).toMatchObject({ status: 200 });
  await scenario.clock.wait(2 * SECOND);
  expect(await annaSignsIn("198.51.100.9")).toMatchObject({ status: 200 });
  await scenario.clock.wait(2 * SECOND);
  expect(await scenario.signIn("2001:db8:1:3::9")).toMatchObject({ errorType: "NotAuthorizedException" });
});

test("explain tells an offender's story: ban, decision, calls, and how near each detection is", async () => {
  const desk = sitDown(scenario, scenarioConfig);
  try {
    const [offender = ""] = attackers;
    const at = toIso(alarmAt + MINUTE);
    const { code, out } = await scenario.clock.during(() => run("explain", offender, "--at", at, "--local", "--json"));
    expect(code).toBe(0);
    const story = JSON.parse(out);
    expect(story).toMatchObject({
      source: `${offender}/32`,
      ban: { status: "active", targets: ["edge", "pool"] },
      standing: { bans: [], lists: [] },
      verdict: { verdict: "ban" },
    });
    expect(story.decisions).toContainEqual(
      expect.objectContaining({ event: "ban.applied", source: `${offender}/32`, runId: expect.any(String) }),
    );
    const [short] = story.looks;
    expect(short.operations).toMatchObject([{ operation: "InitiateAuth", path: "proxied" }]);
    expect(short.operations[0].failures).toBeGreaterThanOrEqual(10);
    const spray = short.detections.find((each: { detection: string }) => each.detection === "password-spray");
    expect(spray).toMatchObject({ reached: 1, severity: expect.any(Number) });
    const rate = short.detections.find((each: { detection: string }) => each.detection === "call-rate");
    expect(rate.reached).toBeLessThan(1);

    const innocent = await scenario.clock.during(() => run("explain", bystander, "--local"));
    expect(innocent).toMatchObject({ code: 0, out: expect.stringContaining("never banned") });
    expect(innocent.out).toContain("a run would leave it alone");
  } finally {
    desk.leave();
  }
});

/** The run that the attack's alarm started. */
const attack = () =>
  executions().find(({ name }) => reportOf(scenario, name)?.trigger.category === "UserAuthentication")?.name ?? "";

test("the run's report names the alarm, how near the quota was, offenders, bans, and the queries behind each number", () => {
  const report = reportOf(scenario, attack());
  expect(report).toMatchObject({
    ...{ runId: attack(), deployment: "portcullis", mode: "enforce", end: null, notOurs: null },
    trigger: {
      ...{ kind: "alarm", category: "UserAuthentication" },
      alarm: {
        name: "portcullis-UserAuthentication-50",
        metric: "Use of the UserAuthentication quota in %",
        threshold: 50,
        reason: expect.stringContaining("Threshold Crossed"),
      },
    },
    undo: `npx portcullis bans undo ${attack()}`,
  });
  expect(report?.trigger.alarm?.value).toBeGreaterThanOrEqual(50);
  const sources = report?.offenders.map(({ source }) => source).sort();
  expect(sources).toEqual(["198.51.100.7/32", "198.51.100.8/32", "2001:db8:1:2::/64"]);
  for (const { fate, reasons } of report?.offenders ?? []) {
    expect(fate).toMatchObject({ state: "banned", origin: "auto", targets: ["edge", "pool"], strikes: 1 });
    expect(reasons.length).toBeGreaterThan(0);
  }
  expect(report?.marks.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["alarm", "ban"]));
  const [own] = report?.quotas ?? [];
  expect(own).toMatchObject({ category: "UserAuthentication", callsPerSecond: 1 });
  expect(own?.peak?.percent).toBeGreaterThanOrEqual(50);
  const names = report?.queries.map(({ name }) => name);
  expect(new Set(names)).toEqual(new Set(["short", "slow", "history", "coverage", "accounts", "slowAccounts"]));
  const read = queriesRead(scenario);
  for (const { id, bytesScanned } of report?.queries ?? [])
    expect({ read: read.has(id ?? ""), bytesScanned }).toEqual({ read: true, bytesScanned: expect.any(Number) });
});

test("what happened is told with reasons and with the numbers behind them", () => {
  const notice = scenario.sns.messages.find(({ subject }) => subject?.includes("banned"));
  expect(notice?.message).toContain("198.51.100.7/32");
  expect(notice?.message).toContain("2001:db8:1:2::/64");
  expect(notice?.message).toMatch(/password-spray: \d+ failed sign-ins on \d+ different users/);
});

test("the ban ends at its expiry: the sweep releases it and a request passes again", async () => {
  const bannedAt = scenario.clock.now();
  const passes = async () => (await scenario.signIn(attackers[0] ?? "")).status !== 403;
  await scenario.clock.wait(8 * MINUTE);
  await scenario.until(passes, "release", 6);
  expect(toIso(scenario.clock.now()) > toIso(bannedAt + 8 * MINUTE)).toBe(true);
});

test("the run ends by itself", async () => {
  await scenario.until(() => executions().every(({ status }) => status !== "RUNNING"), "end of all runs", 30);
  expect(executions().filter(({ status }) => status !== "SUCCEEDED")).toEqual([]);
});

test("the report tells how the run ended and what its bans relieved; the command tells that they are over", async () => {
  expect(reportOf(scenario, attack())).toMatchObject({
    end: { how: "over", reason: "the alarm is over and its logs have been read", burning: [] },
    relief: { sources: 3, measured: expect.anything() },
  });
  const desk = sitDown(scenario, scenarioConfig);
  try {
    const { code, out } = await scenario.clock.during(() => run("report", "--local", "--json"));
    expect(code).toBe(0);
    const report = runReportSchema.parse(JSON.parse(out));
    expect(report).toMatchObject({ runId: attack(), end: { how: "over" } });
    expect(report.offenders.map(({ fate }) => fate.state)).toEqual(["over", "over", "over"]);
    expect(report.marks.some(({ kind }) => kind === "release")).toBe(true);
    const told = await scenario.clock.during(() => run("report", attack(), "--local"));
    expect(told.out).toMatch(/198\.51\.100\.7\/32 .*ban over since/);
    expect(told.out).toContain("by portcullis-UserAuthentication-50 (");
    const misspelt = await scenario.clock.during(() => run("bans", "undo", "no-such-run", "--local"));
    expect(misspelt).toMatchObject({ code: 1, out: "", err: expect.stringContaining("There is no run no-such-run") });
    const unknown = await scenario.clock.during(() => run("report", "no-such-run", "--local"));
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("There is nothing of a run no-such-run") });
  } finally {
    desk.leave();
  }
});

test("its last notice holds what was measured against what was predicted", () => {
  const notices = scenario.sns.messages.filter(({ subject }) => subject?.includes("the alarm is over"));
  expect(notices).toHaveLength(1);
  const [, before = "", predicted = "", measured = ""] =
    /UserAuthentication quota: (\d+) % before the first ban at \S+, predicted fall to (\d+) %, measured (\d+) %/.exec(
      notices[0]?.message ?? "",
    ) ?? [];
  expect(Number(before)).toBeGreaterThan(40);
  expect(Number(predicted)).toBeLessThan(Number(before) / 4);
  expect(Number(measured)).toBeLessThan(Number(before) / 4);
});

test.each(["banned-and-why", "most-banned", "one-source", "rounds"])(
  "what the query %s for Logs Insights names is in the functions' logs",
  (name) => {
    const lines = decisionsIn(scenario.events, functionsOf(name, scenario.assembly));
    expect(lines.length).toBeGreaterThan(0);
    // A longer attack is extended, this one is not.
    expect(unwritten(name, lines).filter((each) => each !== "ban.extended")).toEqual([]);
  },
);

test("nothing failed on the way, and no permission was missing", () => {
  expect(scenario.mishaps()).toEqual([]);
});
