import { TemplateError } from "../../local/template.ts";
import { anAssembly } from "./assembly-builder.ts";

const topic = { Type: "AWS::SNS::Topic", Properties: { TopicName: "notices" } };
const bucket = { Type: "AWS::S3::Bucket", Properties: {} };

/** The one property of a resource, resolved beside a few others that it may refer to. */
function resolved(value: unknown, template: Record<string, unknown> = {}): unknown {
  const probe = { Type: "AWS::Example::Probe", Properties: { Value: value } };
  const Resources = { Probe: probe, Topic: topic, Bucket: bucket };
  return anAssembly({ template: { ...template, Resources } }).find("edge", "Probe").properties.Value;
}

test.each([
  { case: "Ref of a topic is its ARN", value: { Ref: "Topic" }, is: "arn:aws:sns:us-east-1:111122223333:notices" },
  { case: "Ref of a bucket is its derived name", value: { Ref: "Bucket" }, is: "edge-bucket" },
  { case: "GetAtt", value: { "Fn::GetAtt": ["Bucket", "Arn"] }, is: "arn:aws:s3:::edge-bucket" },
  { case: "GetAtt with a dot", value: { "Fn::GetAtt": "Topic.TopicName" }, is: "notices" },
  {
    case: "pseudo parameters",
    value: { "Fn::Join": ["/", [{ Ref: "AWS::Region" }, { Ref: "AWS::AccountId" }]] },
    is: "us-east-1/111122223333",
  },
  {
    case: "Sub",
    value: { "Fn::Sub": `\${Topic.TopicName} in \${AWS::Region}, \${!kept}` },
    is: `notices in us-east-1, \${kept}`,
  },
  {
    case: "Sub with variables",
    value: { "Fn::Sub": [`\${A}-\${Bucket}`, { A: { Ref: "AWS::Region" } }] },
    is: "us-east-1-edge-bucket",
  },
  { case: "Select and Split", value: { "Fn::Select": [5, { "Fn::Split": [":", { Ref: "Topic" }] }] }, is: "notices" },
  { case: "a list without its NoValue", value: [1, { Ref: "AWS::NoValue" }, 2], is: [1, 2] },
  { case: "an object without its NoValue", value: { a: { Ref: "AWS::NoValue" }, b: 1 }, is: { b: 1 } },
  { case: "a parameter's default as number", value: { Ref: "Rate" }, is: 1000 },
  { case: "Fn::If", value: { "Fn::If": ["Small", "small", "large"] }, is: "large" },
  { case: "FindInMap", value: { "Fn::FindInMap": ["Map", { Ref: "AWS::Region" }, "key"] }, is: "found" },
  { case: "plain values", value: { text: "a", list: [true, null, 1.5] }, is: { text: "a", list: [true, null, 1.5] } },
])("$case", ({ value, is }) => {
  const template = {
    Parameters: { Rate: { Type: "Number", Default: "1000" } },
    Conditions: {
      Small: { "Fn::And": [{ "Fn::Not": [{ Condition: "Big" }] }, { "Fn::Equals": ["a", "a"] }] },
      Big: { "Fn::Or": [{ "Fn::Equals": [{ Ref: "Rate" }, "1000"] }] },
    },
    Mappings: { Map: { "us-east-1": { key: "found" } } },
  };
  expect(resolved(value, template)).toEqual(is);
});

test.each([
  {
    case: "an unknown intrinsic",
    value: { a: [{ "Fn::Cidr": [] }] },
    problem: "edge/Probe.Value.a[0]: the intrinsic function Fn::Cidr",
  },
  {
    case: "an intrinsic named like an inherited member",
    value: { "Fn::constructor": [] },
    problem: "Fn::constructor is not supported",
  },
  {
    case: "a Ref to nothing",
    value: { Ref: "Nope" },
    problem: "edge/Probe.Value: refers to Nope, which does not exist",
  },
  { case: "a GetAtt on nothing", value: { "Fn::GetAtt": ["Nope", "Arn"] }, problem: "refers to Nope" },
  {
    case: "an attribute that the type has not",
    value: { "Fn::GetAtt": ["Topic", "Nope"] },
    problem: "AWS::SNS::Topic Topic has no attribute Nope",
  },
  {
    case: "a Ref to a type without known identifiers",
    value: { Ref: "Probe" },
    problem: "no identifiers of AWS::Example::Probe",
  },
  { case: "an unknown pseudo parameter", value: { Ref: "AWS::Moon" }, problem: "AWS::Moon" },
  { case: "an unknown condition", value: { "Fn::If": ["Nope", 1, 2] }, problem: "there is no condition Nope" },
  { case: "a dynamic reference", value: "{{resolve:ssm:a}}", problem: "dynamic references" },
  {
    case: "a function beside other members",
    value: { Ref: "Topic", more: 1 },
    problem: "edge/Probe.Value: Ref stands beside other members",
  },
  { case: "a Select beyond the end", value: { "Fn::Select": [1, ["a"]] }, problem: "no element 1" },
  { case: "a Sub of nothing", value: { "Fn::Sub": `\${Nope}` }, problem: "refers to Nope" },
])("$case is refused with its path", ({ value, problem }) => {
  expect(() => resolved(value)).toThrow(problem);
});

test.each([
  {
    case: "a custom resource that does something",
    resources: { A: { Type: "Custom::CrossRegionExportReader" } },
    problem: "Custom::CrossRegionExportReader",
  },
  { case: "a dangling DependsOn", resources: { A: { ...topic, DependsOn: ["B"] } }, problem: "DependsOn names B" },
  {
    case: "a name that depends on itself",
    resources: { A: { ...topic, Properties: { TopicName: { Ref: "A" } } } },
    problem: "depends on itself",
  },
])("$case is refused", ({ resources, problem }) => {
  expect(() => anAssembly({ resources })).toThrow(TemplateError);
  expect(() => anAssembly({ resources })).toThrow(problem);
});

test("a macro's section is refused, since nothing here would run it", () => {
  expect(() => anAssembly({ template: { Transform: "AWS::Serverless-2016-10-31" } })).toThrow("Transform");
});

test("custom resources that only clean up are let through", () => {
  const assembly = anAssembly({ resources: { A: { Type: "Custom::S3AutoDeleteObjects" } } });
  expect(assembly.ofType("Custom::S3AutoDeleteObjects")).toHaveLength(1);
});

test("a resource whose condition is false does not exist", () => {
  const assembly = anAssembly({
    template: {
      Conditions: { Never: { "Fn::Equals": ["a", "b"] } },
      Resources: { A: { ...topic, Condition: "Never" } },
    },
  });
  expect(assembly.resources).toEqual([]);
});

test("each stack has its own Region, account and names", () => {
  const assembly = anAssembly(
    { name: "edge", resources: { A: topic } },
    { name: "pool", region: "eu-west-1", resources: { A: topic } },
  );
  expect(assembly.ofType("AWS::SNS::Topic").map((found) => found.arn)).toEqual([
    "arn:aws:sns:us-east-1:111122223333:notices",
    "arn:aws:sns:eu-west-1:111122223333:notices",
  ]);
  expect(assembly.find("pool", "A").region).toBe("eu-west-1");
  expect(() => assembly.find("pool", "B")).toThrow("Stack pool has no resource B");
});

test("web ACLs and IP sets get an id that stays, and the ARN of their scope", () => {
  const set = (Scope: string) => ({ Type: "AWS::WAFv2::IPSet", Properties: { Name: "deny", Scope } });
  const read = () =>
    anAssembly({ resources: { A: set("CLOUDFRONT"), B: set("REGIONAL") } }).resources.map((found) => found.arn);
  expect(read()[0]).toMatch(/^arn:aws:wafv2:us-east-1:111122223333:global\/ipset\/deny\/[0-9a-f-]{36}$/);
  expect(read()[1]).toMatch(/^arn:aws:wafv2:us-east-1:111122223333:regional\/ipset\/deny\/[0-9a-f-]{36}$/);
  expect(read()).toEqual(read());
});

test("versions, aliases and URLs of a function are told from its name", () => {
  const assembly = anAssembly({
    resources: {
      Plan: { Type: "AWS::Lambda::Function", Properties: { FunctionName: "portcullis-plan" } },
      Version: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Plan" } } },
      Alias: {
        Type: "AWS::Lambda::Alias",
        Properties: {
          Name: "live",
          FunctionName: { Ref: "Plan" },
          FunctionVersion: { "Fn::GetAtt": ["Version", "Version"] },
        },
      },
      Url: { Type: "AWS::Lambda::Url", Properties: { TargetFunctionArn: { Ref: "Alias" } } },
    },
  });
  const arn = "arn:aws:lambda:us-east-1:111122223333:function:portcullis-plan";
  expect(assembly.resources.map((found) => found.physicalId)).toEqual([
    "portcullis-plan",
    `${arn}:1`,
    `${arn}:live`,
    arn,
  ]);
});

test("outputs are resolved", () => {
  const assembly = anAssembly({
    template: {
      Resources: { Topic: topic },
      Outputs: { TopicArn: { Value: { Ref: "Topic" }, Description: "where notices go" } },
    },
  });
  expect(assembly.outputs).toEqual([
    {
      stack: "edge",
      key: "TopicArn",
      value: "arn:aws:sns:us-east-1:111122223333:notices",
      description: "where notices go",
    },
  ]);
});
