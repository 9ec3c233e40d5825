import fc from "fast-check";

import { createIam, isLike } from "../../local/iam.ts";
import { anAssembly } from "./assembly-builder.ts";

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
