import { MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { run } from "../cli/run-command.ts";
import { sitDown } from "./at-a-desk.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";
import { decisionsIn, functionsOf, unwritten } from "./insights.ts";

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
