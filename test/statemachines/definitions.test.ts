import { readFileSync } from "node:fs";
import { join } from "node:path";

import validateAsl from "asl-validator";
import * as z from "zod";

import { type FunctionId, functionSeconds } from "../../functions/domain/environment.ts";
import { definitionOf, type State, statesOf } from "./builders.ts";

const folder = join(import.meta.dirname, "../../statemachines");
const functionIdSchema = z.enum(Object.keys(functionSeconds) as FunctionId[]);
const files = ["mitigate", "approve", "rollup"] as const;

/** What Lambda and its runtime fail with by no fault of the call; every handler may be run again. */
const passing = [
  "RetryableError",
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  "Lambda.Unknown",
  "Runtime.ExitError",
  "Sandbox.Timedout",
];
/** The two last are how Step Functions names what Athena throws and does not model, as `Rate exceeded`. */
const athenaPassing = [
  "Athena.TooManyRequestsException",
  "Athena.InternalServerException",
  "Athena.AmazonAthenaException",
  "Athena.AthenaException",
];

/** Eleven minutes for a function: an outage of ten ends no run. What a round does not need must not hold up the next one. */
const fewer: Readonly<Record<string, number>> = {
  ...{ Notify: 3, TellFound: 3 },
  ...{ ReportRound: 1, ReportEnd: 3, ReportFailure: 3, ReportDecided: 3 },
};

function retrierOf(name: string, resource: string) {
  const pace = { BackoffRate: 2, MaxDelaySeconds: 60 };
  // There the time-out is the end of the wait for a person.
  if (resource.endsWith("waitForTaskToken"))
    return { ErrorEquals: passing, IntervalSeconds: 2, MaxAttempts: 15, ...pace };
  if (resource.endsWith(":lambda:invoke"))
    return {
      ...{ ErrorEquals: [...passing, "States.Timeout"], IntervalSeconds: 2 },
      ...{ MaxAttempts: fewer[name] ?? 15, ...pace },
    };
  // An INSERT that was begun may have written, so the machine repeats only what never began.
  if (name.startsWith("Insert"))
    return { ErrorEquals: athenaPassing.slice(0, 1), IntervalSeconds: 5, MaxAttempts: 4, ...pace };
  // What began and failed may be too large: it is asked again for less, not unchanged.
  return { ErrorEquals: athenaPassing, IntervalSeconds: 5, MaxAttempts: 2, ...pace, MaxDelaySeconds: 30 };
}

/** What each Task state does with an error that stays; where nothing stands, the execution fails and an alarm speaks. */
const catches: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...askedForLess("ShortWindow"),
  ...askedForLess("SlowWindow"),
  ...askedForLess("History"),
  ...askedForLess("Coverage"),
  ...askedForLess("ShortAccounts"),
  ...askedForLess("SlowAccounts"),
  Score: { "States.ALL": "Abandon" },
  Plan: { "States.ALL": "Abandon" },
  Apply: { "States.ALL": "Abandon" },
  Notify: { "States.ALL": "ReportRound" },
  TellFound: { "States.ALL": "ReportRound" },
  ReportRound: { "States.ALL": "Watch" },
  Watch: { "States.ALL": "Abandon" },
  TellNotOurs: { "States.ALL": "ReportEnd" },
  TellStopped: { "States.ALL": "ReportEnd" },
  TellOver: { "States.ALL": "ReportEnd" },
  ReportEnd: { "States.ALL": "HadEvidence" },
  TellDecided: { "States.ALL": "ReportDecided" },
  ReportDecided: { "States.ALL": "Closed" },
  Abandon: { "States.ALL": "ReportFailure" },
  ReportFailure: { "States.ALL": "RoundFailed" },
  Ask: { "States.Timeout": "Remind", "States.HeartbeatTimeout": "Remind" },
  Remind: { "States.Timeout": "TimedOut", "States.HeartbeatTimeout": "TimedOut", "States.ALL": "WaitOut" },
  InsertCells: { "States.ALL": "Failed" },
  InsertUserDays: { "States.ALL": "Failed" },
};

function askedForLess(query: string): Record<string, Record<string, string>> {
  return {
    [query]: { "States.ALL": `${query}Half` },
    [`${query}Half`]: { "States.ALL": `${query}Sample` },
    [`${query}Sample`]: { "States.ALL": `${query}Failed` },
  };
}

function caughtBy({ Catch = [] }: State): Record<string, string> {
  return Object.fromEntries(Catch.flatMap(({ ErrorEquals, Next }) => ErrorEquals.map((name) => [name, Next])));
}

function textOf(file: string): string {
  return readFileSync(join(folder, `${file}.asl.json`), "utf8");
}

describe.each(files)("%s", (file) => {
  const machine = definitionOf(file);
  const states = statesOf(machine);
  const tasks = states.filter(([, { Type }]) => Type === "Task");

  test("passes the validator: every target, path and ARN", () => {
    const { isValid, errorsText } = validateAsl(JSON.parse(textOf(file)), { checkArn: true, checkPaths: true });
    expect(isValid ? "" : errorsText()).toBe("");
  });

  test("every state has a name of its own, also inside branches", () => {
    const names = states.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(tasks)(
    "%s is retried on exactly what passes, and caught where the machine has more to do",
    (name, state) => {
      expect(state.TimeoutSeconds ?? state.TimeoutSecondsPath).toBeDefined();
      expect(state.Retry).toEqual([retrierOf(name, state.Resource ?? "")]);
      expect(caughtBy(state)).toEqual(catches[name] ?? {});
    },
  );

  test("a function ends by itself before its state does", () => {
    for (const [, { Resource = "", Parameters, TimeoutSeconds }] of tasks) {
      if (!Resource.endsWith(":lambda:invoke")) continue;
      const [, id = ""] = /"FunctionName":"\$\{(\w+)Function\}"/.exec(JSON.stringify(Parameters)) ?? [];
      expect(TimeoutSeconds).toBeGreaterThan(functionSeconds[functionIdSchema.parse(id.toLowerCase())]);
    }
  });

  // The two engines and AWS differ in these corners.
  test("stays in what every engine does alike", () => {
    const text = textOf(file);
    expect(text).not.toMatch(/"Is[A-Z][a-z]+": false/);
    expect(text).not.toMatch(/QueryLanguage|Assign|\$states|"Type": "Map"|\$\$\.State\.|ToleratedFailure/);
    expect(states.filter(([, { Type, Retry }]) => Type === "Parallel" && Retry)).toEqual([]);
  });

  test("every choice asks whether its variable is there before it compares it", () => {
    for (const [, state] of states.filter(([, { Type }]) => Type === "Choice")) {
      const { Choices } = state as unknown as { Choices: { And: Record<string, unknown>[] }[] };
      for (const { And } of Choices) {
        const [present, compared] = And;
        expect(present).toEqual({ Variable: compared?.Variable, IsPresent: true });
      }
    }
  });

  test("whole values are substituted only, and no number", () => {
    const placeholders = textOf(file).match(/\S*\$\{\w+\}\S*/g) ?? [];
    expect(placeholders.length).toBeGreaterThan(0);
    for (const placeholder of placeholders) expect(placeholder).toMatch(/^("\$\{\w+\}"|.*'\$\{\w+\}'.*"),?$/);
  });
});
