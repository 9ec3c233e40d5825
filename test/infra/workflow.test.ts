import { readFileSync } from "node:fs";
import { join } from "node:path";

import validate from "asl-validator";

import { actionsOf, anAssembly, named, only, type Properties, resourcesOf } from "./builders.ts";

const assembly = anAssembly({ approval: { timeoutMinutes: 30, onTimeout: "banHighConfidence" } });
const alias = (id: string) => `arn:aws:lambda:us-east-1:111122223333:function:portcullis-${id}:live`;

describe("state machines", () => {
  const machines = ["mitigate", "approve", "rollup"] as const;
  const definition = (name: string): string => {
    const { DefinitionString, DefinitionSubstitutions } = machine(name).properties;
    return DefinitionString.replaceAll(/\$\{(\w+)\}/g, (_: string, key: string) => DefinitionSubstitutions[key]);
  };

  test.each(machines)("%s is a valid definition once its substitutions are made", (name) => {
    const checked = validate(JSON.parse(definition(name)));
    expect(checked.isValid ? "" : checked.errorsText()).toBe("");
  });

  test.each(machines)("%s gets each substitution it asks for, and no other", (name) => {
    const { DefinitionString, DefinitionSubstitutions } = machine(name).properties;
    const asked = [...DefinitionString.matchAll(/\$\{(\w+)\}/g)].map(([, key]) => key);
    expect(Object.keys(DefinitionSubstitutions).sort()).toEqual([...new Set(asked)].sort());
  });

  test("mitigate queries with the text of the SQL files, in the deployment's workgroup", () => {
    const sql = ["auth_calls", "cells", "profiles"].map((file) =>
      readFileSync(join(import.meta.dirname, `../../functions/detect/queries/${file}.sql`), "utf8").trimEnd(),
    );
    const [branch] = JSON.parse(definition("mitigate")).States.Query.Branches;
    expect(branch.States.ShortWindow.Parameters).toMatchObject({
      QueryString: sql.join("\n"),
      QueryExecutionContext: { Database: "portcullis_logs" },
      WorkGroup: "portcullis-evidence",
    });
  });

  test("rollup inserts with the text of the SQL files", () => {
    const { InsertCells, InsertUserDays } = JSON.parse(definition("rollup")).States;
    const text = (...files: string[]) =>
      files
        .map((file) =>
          readFileSync(join(import.meta.dirname, `../../functions/detect/queries/${file}.sql`), "utf8").trimEnd(),
        )
        .join("\n");
    expect(InsertCells.Parameters.QueryString).toBe(
      `INSERT INTO call_cells\n${text("auth_calls", "cells", "generation", "rollup-cells")}`,
    );
    expect(InsertUserDays.Parameters.QueryString).toBe(
      `INSERT INTO user_days\n${text("day-cells", "generation", "rollup-user-days")}`,
    );
  });

  test("rollup writes rollups and results and nothing else, and deletes nothing", () => {
    const { RoleArn } = machine("rollup").properties;
    expect(resourcesOf(assembly, RoleArn, "s3:PutObject")).toEqual([
      "arn:aws:s3:::portcullis-evidence-111122223333/athena/*",
      "arn:aws:s3:::portcullis-rollups-111122223333/*",
    ]);
    expect(actionsOf(assembly, RoleArn).filter((action) => /Delete/.test(action) && /^(s3|glue)/.test(action))).toEqual(
      [],
    );
  });

  test("machines call aliases, and may call nothing else", () => {
    const called = machines.flatMap((name) =>
      [...definition(name).matchAll(/arn:aws:lambda:[\w:-]+/g)].map(([arn]) => arn),
    );
    const granted = machines.flatMap((name) =>
      resourcesOf(assembly, machine(name).properties.RoleArn, "lambda:InvokeFunction"),
    );
    expect([...new Set(called)].sort()).toEqual([...new Set(granted)].sort());
    expect(new Set(called)).toEqual(
      new Set(["admit", "score", "plan", "apply", "notify", "report", "watch", "ask", "rollup"].map(alias)),
    );
  });

  test("mitigate may run a query and read the logs it is about", () => {
    const { RoleArn } = machine("mitigate").properties;
    expect(actionsOf(assembly, RoleArn)).toEqual(
      expect.arrayContaining([
        "athena:GetQueryExecution",
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
        "glue:GetPartitions",
        "glue:GetTable",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
      ]),
    );
    expect(resourcesOf(assembly, RoleArn, "s3:PutObject")).toEqual([
      "arn:aws:s3:::portcullis-evidence-111122223333/athena/*",
    ]);
    const tables = resourcesOf(assembly, RoleArn, "glue:GetTable").filter((arn) => arn.includes(":table/"));
    expect(tables.map((arn) => arn.split("/").at(-1)).sort()).toEqual([
      "ban_answers",
      "call_cells",
      "cloudfront",
      "cloudtrail",
      "cloudtrail_fast",
      "user_days",
      "waf_edge",
      "waf_pool",
    ]);
  });

  test("no log holds what a task was given: a task token would be among it", () => {
    for (const name of machines)
      expect(machine(name).properties.LoggingConfiguration).toMatchObject({
        IncludeExecutionData: false,
        Level: "ALL",
      });
  });

  test("approve waits as long as the config says", () => {
    expect(machine("approve").properties.DefinitionSubstitutions).toMatchObject({
      FirstSeconds: "1350",
      LastSeconds: "450",
    });
    const ask = named(assembly, "AWS::Lambda::Function", "portcullis-ask").properties;
    expect(ask.Environment.Variables).toMatchObject({ APPROVAL_MINUTES: "30", ON_TIMEOUT: "banHighConfidence" });
  });
});

describe("schedules", () => {
  test.each([
    { name: "portcullis-sweep", every: "rate(1 minute)", target: alias("sweep"), input: {} },
    {
      name: "portcullis-patrol",
      every: "rate(30 minutes)",
      target: "arn:aws:states:us-east-1:111122223333:stateMachine:portcullis-mitigate",
      input: { patrol: true },
    },
    {
      name: "portcullis-rollup",
      every: "cron(20 * * * ? *)",
      target: "arn:aws:states:us-east-1:111122223333:stateMachine:portcullis-rollup",
      input: {},
    },
  ])("$name runs at $every", ({ name, every, target, input }) => {
    const { properties } = named(assembly, "AWS::Scheduler::Schedule", name);
    expect(properties).toMatchObject({ ScheduleExpression: every, FlexibleTimeWindow: { Mode: "OFF" } });
    expect(properties.Target).toMatchObject({
      Arn: target,
      DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:111122223333:portcullis-dead-letters" },
    });
    expect(JSON.parse(properties.Target.Input)).toEqual(input);
    expect(
      resourcesOf(
        assembly,
        properties.Target.RoleArn,
        name.endsWith("sweep") ? "lambda:InvokeFunction" : "states:StartExecution",
      ),
    ).toEqual([target]);
  });
});

test("the approval page opens from a mail: a public address, with both permissions that takes", () => {
  const { properties } = only(assembly, "AWS::Lambda::Url");
  expect(properties).toMatchObject({ AuthType: "NONE", Qualifier: "live" });
  const permissions = assembly
    .ofType("AWS::Lambda::Permission")
    .map(({ properties: each }: { properties: Properties }) => each);
  expect(permissions).toEqual([
    expect.objectContaining({
      Action: "lambda:InvokeFunctionUrl",
      FunctionUrlAuthType: "NONE",
      FunctionName: alias("approval"),
    }),
    expect.objectContaining({
      Action: "lambda:InvokeFunction",
      InvokedViaFunctionUrl: true,
      FunctionName: alias("approval"),
    }),
  ]);
});

test("the ledger: keys, sparse index, expiry attribute, recovery", () => {
  const { properties } = only(assembly, "AWS::DynamoDB::Table");
  expect(properties).toMatchObject({
    TableName: "portcullis-ledger",
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    BillingMode: "PAY_PER_REQUEST",
    GlobalSecondaryIndexes: [
      {
        IndexName: "active",
        KeySchema: [
          { AttributeName: "active", KeyType: "HASH" },
          { AttributeName: "expiresAt", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
});

function machine(name: string) {
  return named(assembly, "AWS::StepFunctions::StateMachine", `portcullis-${name}`);
}
