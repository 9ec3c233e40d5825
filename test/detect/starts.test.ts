/** What people read where a start, a policy or a lease cannot be used: each text says what is wrong with what. */
import { admitRun, WRITE_TRIES } from "../../functions/detect/admit.ts";
import { type AlarmScope, readTrigger } from "../../functions/detect/alarm-event.ts";
import { overrideProblems, severityOf, tuneDetections } from "../../functions/detect/detection.ts";
import { detections } from "../../functions/detect/detections/index.ts";
import type { Lease } from "../../functions/detect/lease.ts";
import { InvalidInputError, RetryableError } from "../../functions/domain/errors.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { anAlarmEvent, aQuotaMetric, MINUTE, NOW } from "./run-builders.ts";

const scope: AlarmScope = { alarmPrefixes: ["portcullis-"], categories: ["UserAuthentication", "UserCreation"] };

function problemsOf(input: unknown): string[] {
  try {
    readTrigger(input, scope);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("a start", () => {
  test.each([
    {
      case: "is none",
      input: {},
      says: ["This input starts no run", 'expected an EventBridge event, {"patrol": true}'],
    },
    {
      case: "by hand, of an unknown category",
      input: { manual: { category: "Nonsense\n" } },
      says: [
        "A manual start cannot be used",
        "manual.category: Nonsense? is none of all, UserAuthentication, UserCreation",
      ],
    },
    {
      case: "in place of a dead run, of an unknown category",
      input: { resume: { category: "x", alarmName: "a", alarmRegion: "eu-west-1", at: "2026-11-22T12:00:00Z" } },
      says: ["A resume start cannot be used", "resume.category: x is none of"],
    },
    {
      case: "in place of a dead run, at no instant",
      input: { resume: { category: "all", alarmName: "a", alarmRegion: "eu-west-1", at: "noon" } },
      says: ["An alarm event cannot be read", "resume.at: is no instant with a zone"],
    },
    {
      case: "by an alarm without a time",
      input: anAlarmEvent({ timestamp: "noon" }),
      says: ["An alarm event cannot be read", "detail.state.timestamp: is no instant with a zone"],
    },
    {
      case: "by an alarm of no Region",
      input: { ...anAlarmEvent(), region: "nowhere" },
      says: ["An alarm event cannot be read", "region: "],
    },
    {
      case: "by an alarm without a name",
      input: { ...anAlarmEvent(), detail: { ...anAlarmEvent().detail, alarmName: "" } },
      says: ["An alarm event cannot be read", "detail.alarmName: "],
    },
  ])("that $case says so", ({ input, says }) => {
    const told = problemsOf(input).join(" ");
    for (const text of says) expect(told).toContain(text);
  });

  test("in place of a dead run tells why it has no figures", () => {
    const resume = {
      category: "UserCreation",
      alarmName: "portcullis-a",
      alarmRegion: "eu-west-1",
      at: "2026-11-22T12:00:00Z",
    };
    expect(readTrigger({ resume }, scope)).toEqual({
      ...{ kind: "alarm", alarmName: "portcullis-a", alarmRegion: "eu-west-1", category: "UserCreation", at: NOW },
      facts: { metric: null, value: null, threshold: null, reason: "taken up after the run that it had started died" },
    });
  });

  test("by an alarm that watches our own machinery and something else is a run; of ours alone it is none", () => {
    const own = (namespace: string) => ({ ...aQuotaMetric("x", namespace), id: namespace });
    expect(readTrigger(anAlarmEvent({ metrics: [own("AWS/Lambda")] }), scope)).toMatchObject({ kind: "ignored" });
    expect(
      readTrigger(anAlarmEvent({ metrics: [own("AWS/Lambda"), aQuotaMetric("UserCreation")] }), scope),
    ).toMatchObject({
      ...{ kind: "alarm", category: "UserCreation" },
    });
  });

  test("by an alarm on a metric that alarms show, its figures are those of that metric", () => {
    const shown = { ...aQuotaMetric("UserCreation", "Custom"), id: "shown", returnData: true, label: "what is shown" };
    expect(readTrigger(anAlarmEvent({ metrics: [aQuotaMetric("UserCreation"), shown] }), scope)).toMatchObject({
      facts: { metric: "what is shown", value: 93.5, threshold: 50 },
    });
  });
});

describe("a policy's override", () => {
  const problem = (name: string, value: number, id = "password-spray") =>
    overrideProblems(detections, { [id]: { [name]: value } })[0];

  test.each([
    { name: "weight", value: 0, says: undefined },
    { name: "weight", value: 1, says: undefined },
    { name: "weight", value: -0.01, says: "detections.password-spray.weight: must be from 0 to 1" },
    { name: "weight", value: 1.01, says: "detections.password-spray.weight: must be from 0 to 1" },
    { name: "watchAt", value: 0, says: "detections.password-spray.watchAt: must be more than 0" },
    { name: "slowBanAt", value: 0, says: "detections.password-spray.slowBanAt: must be more than 0" },
    { name: "minShare", value: 0, says: undefined },
    { name: "minShare", value: -1, says: "detections.password-spray.minShare: must not be negative" },
  ])("$name $value: $says", ({ name, value, says }) => {
    expect(problem(name, value)).toBe(says);
  });

  test("that nothing knows is answered with what there is", () => {
    expect(problem("nonsense", 1)).toMatch(
      /no such threshold \(watchAt, slowWatchAt, banAt, slowBanAt, minShare, slowMinShare, despiteSuccesses, slowDespiteSuccesses, weight\)/,
    );
    expect(problem("watchAt", 1, "nonsense")).toMatch(/no such detection \(call-rate, failure-ratio, password-spray, /);
    // Judged in one window only, so it has one name.
    expect(problem("slowWatchAt", 1, "brute-force")).toMatch(/no such threshold \(watchAt, banAt/);
    expect(problem("watchAt", 1, "slow-brute-force")).toMatch(/no such threshold \(slowWatchAt, slowBanAt/);
  });

  test("tunes its own window, and the rest stays", () => {
    const policy = policySchema.parse({ detections: { "password-spray": { slowMinShare: 0.7, weight: 0.2 } } });
    const spray = tuneDetections(detections, policy).find(({ detection }) => detection.id === "password-spray");
    expect(spray).toMatchObject({
      weight: 0.2,
      limits: { short: { minShare: 0.5 }, slow: { minShare: 0.7, watchAt: 5 } },
    });
    expect(() => tuneDetections(detections, { ...policy, detections: { nonsense: {} } })).toThrow(
      /policy cannot be used/,
    );
  });
});

test.each([
  { value: 4, severity: 0 },
  { value: 5, severity: 0.5 },
  { value: 9, severity: 0.684 },
  { value: 10, severity: 0.85 },
  { value: 20, severity: 0.925 },
])("of 5 to watch and 10 to ban, $value weighs $severity", ({ value, severity }) => {
  expect(severityOf(value, 5, 10)).toBe(severity);
});

describe("admission", () => {
  const admission = (kind: "patrol" | "manual") => ({
    ...{ runId: "run-1", startedAt: NOW, now: NOW + MINUTE, roundSeconds: 300 },
    trigger: kind === "patrol" ? ({ kind } as const) : ({ kind, category: "UserCreation" } as const),
  });
  /** Refuses as many writes as told. */
  const leases = (refused: number) => {
    const held = new Map<string, Lease>();
    let left = refused;
    return {
      held,
      read: async (category: string) => held.get(category) ?? null,
      write: async (lease: Lease) => {
        if (left-- > 0) return false;
        held.set(lease.category, lease);
        return true;
      },
    };
  };

  test("says under which lease a run works, and whose run another joins", async () => {
    const of = leases(0);
    const first = await admitRun(of as never, admission("manual"));
    expect(first).toMatchObject({
      decision: "run",
      reason: expect.stringMatching(/^lease on UserCreation with fence \d+$/),
    });
    const alarm = {
      kind: "alarm",
      alarmName: "portcullis-a",
      alarmRegion: "eu-west-1",
      category: "UserCreation",
      at: NOW,
    } as const;
    const facts = { metric: null, value: null, threshold: null, reason: null };
    const joins = { ...admission("manual"), runId: "run-2", trigger: { ...alarm, facts } };
    expect(await admitRun(of as never, joins)).toEqual({
      decision: "joined",
      reason: "run run-1 works on UserCreation already",
    });
    expect(await admitRun(of as never, admission("patrol"))).toMatchObject({ decision: "run" });
    expect([...of.held.keys()].sort()).toHaveLength(2);
  });

  test("tries a write eight times, and says on what it gave up", async () => {
    expect(await admitRun(leases(WRITE_TRIES - 1) as never, admission("manual"))).toMatchObject({ decision: "run" });
    const given = admitRun(leases(WRITE_TRIES) as never, admission("manual"));
    await expect(given).rejects.toThrow("The lease on UserCreation changed 8 times under us; try again");
    await expect(given).rejects.toBeInstanceOf(RetryableError);
    await expect(given).rejects.toMatchObject({ cause: { message: expect.stringContaining("lease UserCreation") } });
  });
});
