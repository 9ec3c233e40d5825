import fc from "fast-check";
import { dynamoDbNeeds } from "../../local/dynamodb-needs.ts";
import { createIam, isLike } from "../../local/iam.ts";
import { createSecretsManager } from "../../local/secrets-manager.ts";
import { anAssembly } from "./assembly-builder.ts";
import { anAwsCall, plainClock } from "./builders.ts";
import { aResource } from "./hand-assembly.ts";

const role = (name: string, statements: unknown[]) => ({
  Type: "AWS::IAM::Role",
  Properties: { RoleName: name, Policies: [{ PolicyName: "inline", PolicyDocument: { Statement: statements } }] },
});
const table = "arn:aws:dynamodb:us-east-1:111122223333:table/portcullis-ledger";
const arn = "arn:aws:iam::111122223333:role/plan";

const iam = createIam(
  anAssembly({
    resources: {
      Plan: role("plan", [
        { Effect: "Allow", Action: ["dynamodb:GetItem", "s3:Get*"], Resource: [table, "arn:aws:s3:::evidence/runs/*"] },
        { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::evidence/runs/secret" },
      ]),
      Attached: {
        Type: "AWS::IAM::Policy",
        Properties: {
          PolicyName: "attached",
          Roles: [{ Ref: "Plan" }],
          PolicyDocument: { Statement: { Effect: "Allow", Action: "ec2:DescribeManagedPrefixLists", Resource: "*" } },
        },
      },
      Other: role("other", []),
    },
  }),
);

test.each([
  { case: "an allowed action on its resource", action: "dynamodb:GetItem", resource: table, allowed: true },
  { case: "an allowed action on another resource", action: "dynamodb:GetItem", resource: `${table}2`, allowed: false },
  { case: "another action", action: "dynamodb:PutItem", resource: table, allowed: false },
  {
    case: "an action that is allowed by wildcard",
    action: "s3:GetObject",
    resource: "arn:aws:s3:::evidence/runs/1",
    allowed: true,
  },
  {
    case: "a resource outside of the wildcard",
    action: "s3:GetObject",
    resource: "arn:aws:s3:::evidence/athena/1",
    allowed: false,
  },
  {
    case: "an explicit Deny over an Allow",
    action: "s3:GetObject",
    resource: "arn:aws:s3:::evidence/runs/secret",
    allowed: false,
  },
  {
    case: "a statement of an attached policy",
    action: "ec2:DescribeManagedPrefixLists",
    resource: null,
    allowed: true,
  },
  { case: "an action whose resource is not known", action: "dynamodb:GetItem", resource: null, allowed: true },
  { case: "an action in other letters", action: "DynamoDB:getitem", resource: table, allowed: true },
])("$case: $allowed", ({ action, resource, allowed }) => {
  const attempt = () => iam.authorizeKey(iam.keyOf(arn), [{ action, resource }]);
  if (allowed) expect(attempt).not.toThrow();
  else
    expect(attempt).toThrow(
      expect.objectContaining({ code: "AccessDeniedException", message: expect.stringContaining(action) }),
    );
});

test("one permission that is missing is enough to refuse", () => {
  const needs = [
    { action: "dynamodb:GetItem", resource: table },
    { action: "dynamodb:Query", resource: table },
  ];
  expect(() => iam.authorizeRole(arn, needs)).toThrow("not authorized to perform: dynamodb:Query on resource");
});

test("policies of one role are nothing to another", () => {
  const needs = [{ action: "dynamodb:GetItem", resource: table }];
  expect(() => iam.authorizeRole(arn.replace("plan", "other"), needs)).toThrow("not authorized");
  expect(() => iam.authorizeRole(arn.replace("plan", "nobody"), needs)).toThrow("is no role of the templates");
});

test("the operator may do everything, an invented role nothing", () => {
  expect(() => iam.authorizeKey("local", [{ action: "wafv2:UpdateIPSet", resource: null }])).not.toThrow();
  expect(() => iam.authorizeKey("role.invented", [])).toThrow(
    expect.objectContaining({ code: "UnrecognizedClientException" }),
  );
  expect(iam.roleOf(iam.keyOf(arn))).toBe(arn);
  expect(iam.roleOf("local")).toBeNull();
});

test("a managed policy that nobody here can read is refused at boot", () => {
  const managed = {
    Type: "AWS::IAM::Role",
    Properties: { ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] },
  };
  expect(() => createIam(anAssembly({ resources: { A: managed } }))).toThrow("AdministratorAccess");
});

test.each(["NotAction", "NotResource", "Principal"])(
  "a statement with %s is refused at boot rather than misread",
  (member) => {
    const statement = { Effect: "Allow", Action: "a:b", Resource: "*", [member]: "*" };
    expect(() => createIam(anAssembly({ resources: { A: role("a", [statement]) } }))).toThrow(member);
  },
);

test("wildcards match what the same regular expression matches", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), letters, (text, pattern) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
      expect(isLike(text, pattern)).toBe(expression.test(text));
    }),
  );
});

describe("conditions", () => {
  const asked = (condition: unknown, values: Record<string, string[]> | undefined, Effect = "Allow") => {
    const statements = [
      { Effect, Action: "dynamodb:PutItem", Resource: "*", Condition: condition },
      ...(Effect === "Deny" ? [{ Effect: "Allow", Action: "*", Resource: "*" }] : []),
    ];
    const conditioned = createIam(anAssembly({ resources: { A: role("a", statements) } }));
    const need = { action: "dynamodb:PutItem", resource: table, ...(values && { values }) };
    try {
      conditioned.authorizeRole("arn:aws:iam::111122223333:role/a", [need]);
      return "allowed";
    } catch {
      return "denied";
    }
  };
  const all = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["ROLLUP#*"] } };
  const keys = (...names: string[]) => ({ "dynamodb:LeadingKeys": names });

  test.each([
    { case: "every key of ours", condition: all, values: keys("ROLLUP#1", "ROLLUP#2"), ends: "allowed" },
    { case: "one foreign key among them", condition: all, values: keys("ROLLUP#1", "BAN#1"), ends: "denied" },
    { case: "no key at all, for all values", condition: all, values: undefined, ends: "allowed" },
    { case: "equal text", condition: { StringEquals: { k: "a" } }, values: { k: ["a"] }, ends: "allowed" },
    {
      case: "a wildcard is only text for Equals",
      condition: { StringEquals: { k: "*" } },
      values: { k: ["a"] },
      ends: "denied",
    },
    {
      case: "an ARN like the pattern",
      condition: { ArnLike: { k: "arn:aws:x:*" } },
      values: { k: ["arn:aws:x:y"] },
      ends: "allowed",
    },
    {
      case: "a key that the call does not tell",
      condition: { StringLike: { k: "*" } },
      values: undefined,
      ends: "denied",
    },
    {
      case: "one of two operators broken",
      condition: { StringLike: { k: "a*" }, ArnEquals: { k: "b" } },
      values: { k: ["ab"] },
      ends: "denied",
    },
    {
      case: "any value is enough where any is asked",
      condition: { "ForAnyValue:StringEquals": { k: ["a"] } },
      values: { k: ["b", "a"] },
      ends: "allowed",
    },
  ])("$case: $ends", ({ condition, values, ends }) => {
    expect(asked(condition, values)).toBe(ends);
  });

  test("a Deny holds where its condition does, and only there", () => {
    expect(asked({ StringEquals: { k: "a" } }, { k: ["a"] }, "Deny")).toBe("denied");
    expect(asked({ StringEquals: { k: "a" } }, { k: ["b"] }, "Deny")).toBe("allowed");
  });

  test("an operator that is not known is refused at boot", () => {
    const statement = {
      Effect: "Allow",
      Action: "a:b",
      Resource: "*",
      Condition: { IpAddress: { k: "192.0.2.0/24" } },
    };
    expect(() => createIam(anAssembly({ resources: { A: role("a", [statement]) } }))).toThrow("IpAddress");
  });
});

test.each(["us-east-1", "eu-west-1"])("a copy of a secret is asked for by its ARN in %s, its own Region", (region) => {
  const arnIn = (place: string) => `arn:aws:secretsmanager:${place}:111122223333:secret:portcullis/clients-Ab12Cd`;
  const existing = [{ arn: arnIn("us-east-1"), regions: ["eu-west-1"] }];
  const { service } = createSecretsManager({ assembly: anAssembly({}), clock: plainClock, existing });
  const call = (SecretId: string) =>
    anAwsCall({
      ...{ service: "secretsmanager", region },
      headers: { "x-amz-target": "secretsmanager.GetSecretValue" },
      body: Buffer.from(JSON.stringify({ SecretId })),
    });
  for (const id of [arnIn(region), "portcullis/clients"])
    expect(service.needs?.(call(id))).toEqual([{ action: "secretsmanager:GetSecretValue", resource: arnIn(region) }]);
});

describe("what calls of DynamoDB are asked for", () => {
  const tables = [
    {
      ...aResource({ logicalId: "Ledger", type: "AWS::DynamoDB::Table", name: "ledger", arn: table }),
      properties: {
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
      },
    },
  ];
  const needs = (operation: string, body: unknown) =>
    dynamoDbNeeds(
      anAwsCall({
        headers: { "x-amz-target": `DynamoDB_20120810.${operation}` },
        body: Buffer.from(JSON.stringify(body)),
      }),
      tables,
    );
  const pk = (text: string) => ({ pk: { S: text }, sk: { S: "x" } });

  test.each([
    { operation: "GetItem", body: { TableName: "ledger", Key: pk("A#1") }, keys: ["A#1"] },
    { operation: "PutItem", body: { TableName: table, Item: pk("B#1") }, keys: ["B#1"] },
    {
      operation: "BatchGetItem",
      body: { RequestItems: { ledger: { Keys: [pk("A#1"), pk("B#1")] } } },
      keys: ["A#1", "B#1"],
    },
  ])("$operation: the table and its partition keys", ({ operation, body, keys }) => {
    expect(needs(operation, body)).toEqual([
      { action: `dynamodb:${operation}`, resource: table, values: { "dynamodb:LeadingKeys": keys } },
    ]);
  });

  test("a query: its index", () => {
    expect(needs("Query", { TableName: "ledger", IndexName: "active" })).toEqual([
      { action: "dynamodb:Query", resource: `${table}/index/active` },
    ]);
  });
});
