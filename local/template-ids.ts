/**
 * What `Ref` and `Fn::GetAtt` give for each type of resource, and its ARN. Names that a template leaves to
 * CloudFormation are derived from stack and logical id, so they are the same at every start.
 */
import { createHash } from "node:crypto";

/** One resource while its identifiers are made; `property` resolves a property of it to text, undefined if absent. */
export interface Identity {
  readonly stack: string;
  readonly region: string;
  readonly account: string;
  readonly logicalId: string;
  /** The explicit physical name, or a derived one. */
  readonly name: string;
  property(name: string): string | undefined;
  /** The address under which the local world serves a function URL. */
  readonly functionUrl: string;
}

type Text = (identity: Identity) => string;

export interface Kind {
  /** The property that holds the explicit name. */
  readonly named?: string;
  readonly ref: Text;
  readonly arn?: Text;
  readonly attributes?: Readonly<Record<string, Text>>;
}

const name: Text = (identity) => identity.name;
const regional =
  (service: string, resource: Text): Text =>
  (id) =>
    `arn:aws:${service}:${id.region}:${id.account}:${resource(id)}`;
const global =
  (service: string, resource: Text): Text =>
  (id) =>
    `arn:aws:${service}::${id.account}:${resource(id)}`;

/** A resource whose Ref is its name and which has an ARN. */
function byName(named: string, arn: Text, attributes: Kind["attributes"] = {}): Kind {
  return { named, ref: name, arn, attributes: { Arn: arn, ...attributes } };
}
/** A resource whose Ref is its ARN. */
function byArn(named: string, arn: Text, attributes: Kind["attributes"] = {}): Kind {
  return { named, ref: arn, arn, attributes: { Arn: arn, ...attributes } };
}
/** A resource whose Ref nobody outside CloudFormation knows. */
const anonymous: Kind = { ref: name };

const hash = (id: Identity) => createHash("sha256").update(`${id.stack}/${id.logicalId}`).digest();
const letters = (id: Identity, length: number) =>
  BigInt(`0x${hash(id).toString("hex")}`)
    .toString(36)
    .slice(0, length);

function uuid(id: Identity): string {
  const hex = hash(id).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function wafKind(kind: "ipset" | "regexpatternset" | "rulegroup" | "webacl"): Kind {
  const scope: Text = (id) => id.property("Scope") ?? "REGIONAL";
  const arn = regional(
    "wafv2",
    (id) => `${scope(id) === "CLOUDFRONT" ? "global" : "regional"}/${kind}/${id.name}/${uuid(id)}`,
  );
  return {
    named: "Name",
    ref: (id) => `${id.name}|${uuid(id)}|${scope(id)}`,
    arn,
    attributes: { Arn: arn, Id: uuid },
  };
}

/** FunctionName of versions, aliases and URLs is a name or an ARN, with or without a qualifier. */
const functionName: Text = (id) =>
  (id.property("FunctionName") ?? id.property("TargetFunctionArn") ?? "").split(":")[6] ??
  id.property("FunctionName") ??
  id.property("TargetFunctionArn") ??
  "";
const functionArn = regional("lambda", (id) => `function:${functionName(id)}`);
const policyArn = global("iam", (id) => `policy/${id.name}`);
const distributionId: Text = (id) => `E${letters(id, 13).toUpperCase()}`;

export const kinds: Readonly<Record<string, Kind>> = {
  "AWS::Athena::WorkGroup": byName(
    "Name",
    regional("athena", (id) => `workgroup/${id.name}`),
  ),
  "AWS::CloudFront::CachePolicy": { ref: uuid, attributes: { Id: uuid } },
  "AWS::CloudFront::Distribution": {
    ref: distributionId,
    arn: global("cloudfront", (id) => `distribution/${distributionId(id)}`),
    attributes: { Id: distributionId, DomainName: (id) => `d${letters(id, 13)}.cloudfront.net` },
  },
  "AWS::CloudFront::OriginRequestPolicy": { ref: uuid, attributes: { Id: uuid } },
  "AWS::CloudFront::ResponseHeadersPolicy": { ref: uuid, attributes: { Id: uuid } },
  "AWS::CloudTrail::Trail": byName(
    "TrailName",
    regional("cloudtrail", (id) => `trail/${id.name}`),
  ),
  "AWS::CloudWatch::Alarm": byName(
    "AlarmName",
    regional("cloudwatch", (id) => `alarm:${id.name}`),
  ),
  "AWS::CloudWatch::CompositeAlarm": byName(
    "AlarmName",
    regional("cloudwatch", (id) => `alarm:${id.name}`),
  ),
  "AWS::CloudWatch::Dashboard": { named: "DashboardName", ref: name },
  "AWS::DynamoDB::GlobalTable": byName(
    "TableName",
    regional("dynamodb", (id) => `table/${id.name}`),
  ),
  "AWS::DynamoDB::Table": byName(
    "TableName",
    regional("dynamodb", (id) => `table/${id.name}`),
  ),
  "AWS::Events::Rule": byName(
    "Name",
    regional("events", (id) => `rule/${id.name}`),
  ),
  "AWS::Glue::Database": { ref: (id) => id.property("DatabaseName") ?? id.name },
  "AWS::Glue::Table": anonymous,
  "AWS::IAM::ManagedPolicy": { ...byArn("ManagedPolicyName", policyArn), attributes: { PolicyArn: policyArn } },
  "AWS::IAM::Policy": { named: "PolicyName", ref: name },
  "AWS::IAM::Role": byName(
    "RoleName",
    global("iam", (id) => `role/${id.name}`),
    { RoleId: (id) => `AROA${letters(id, 17).toUpperCase()}` },
  ),
  "AWS::KMS::Alias": { named: "AliasName", ref: name },
  "AWS::KMS::Key": {
    ref: uuid,
    arn: regional("kms", (id) => `key/${uuid(id)}`),
    attributes: { Arn: regional("kms", (id) => `key/${uuid(id)}`), KeyId: uuid },
  },
  "AWS::KinesisFirehose::DeliveryStream": byName(
    "DeliveryStreamName",
    regional("firehose", (id) => `deliverystream/${id.name}`),
  ),
  "AWS::Lambda::Alias": {
    named: "Name",
    ref: (id) => `${functionArn(id)}:${id.name}`,
    arn: (id) => `${functionArn(id)}:${id.name}`,
    attributes: { AliasArn: (id) => `${functionArn(id)}:${id.name}` },
  },
  "AWS::Lambda::EventInvokeConfig": anonymous,
  "AWS::Lambda::Function": byName(
    "FunctionName",
    regional("lambda", (id) => `function:${id.name}`),
  ),
  "AWS::Lambda::Permission": anonymous,
  "AWS::Lambda::Url": {
    ref: functionArn,
    attributes: { FunctionArn: functionArn, FunctionUrl: (id) => id.functionUrl },
  },
  "AWS::Lambda::Version": {
    ref: (id) => `${functionArn(id)}:1`,
    arn: (id) => `${functionArn(id)}:1`,
    attributes: { Version: () => "1", FunctionArn: (id) => `${functionArn(id)}:1` },
  },
  "AWS::Logs::Delivery": { ref: uuid, attributes: { DeliveryId: uuid } },
  "AWS::Logs::DeliveryDestination": byName(
    "Name",
    regional("logs", (id) => `delivery-destination:${id.name}`),
  ),
  "AWS::Logs::DeliverySource": byName(
    "Name",
    regional("logs", (id) => `delivery-source:${id.name}`),
  ),
  "AWS::Logs::LogGroup": byName(
    "LogGroupName",
    regional("logs", (id) => `log-group:${id.name}:*`),
  ),
  "AWS::Logs::ResourcePolicy": anonymous,
  "AWS::S3::Bucket": {
    named: "BucketName",
    ref: name,
    arn: (id) => `arn:aws:s3:::${id.name}`,
    attributes: {
      Arn: (id) => `arn:aws:s3:::${id.name}`,
      DomainName: (id) => `${id.name}.s3.amazonaws.com`,
      RegionalDomainName: (id) => `${id.name}.s3.${id.region}.amazonaws.com`,
    },
  },
  "AWS::S3::BucketPolicy": anonymous,
  "AWS::SNS::Subscription": anonymous,
  "AWS::SNS::Topic": byArn("TopicName", regional("sns", name), { TopicArn: regional("sns", name), TopicName: name }),
  "AWS::SNS::TopicPolicy": anonymous,
  "AWS::SQS::Queue": {
    named: "QueueName",
    ref: (id) => `https://sqs.${id.region}.amazonaws.com/${id.account}/${id.name}`,
    arn: regional("sqs", name),
    attributes: { Arn: regional("sqs", name), QueueName: name },
  },
  "AWS::SQS::QueuePolicy": anonymous,
  "AWS::Scheduler::Schedule": byName(
    "Name",
    regional("scheduler", (id) => `schedule/${id.property("GroupName") ?? "default"}/${id.name}`),
  ),
  "AWS::Scheduler::ScheduleGroup": byName(
    "Name",
    regional("scheduler", (id) => `schedule-group/${id.name}`),
  ),
  "AWS::SecretsManager::ResourcePolicy": anonymous,
  // Secrets Manager adds six characters to the name, which is why policies on secrets end in a wildcard.
  "AWS::SecretsManager::Secret": byArn(
    "Name",
    regional("secretsmanager", (id) => `secret:${id.name}-${letters(id, 6)}`),
    {
      Id: regional("secretsmanager", (id) => `secret:${id.name}-${letters(id, 6)}`),
    },
  ),
  "AWS::StepFunctions::StateMachine": byArn(
    "StateMachineName",
    regional("states", (id) => `stateMachine:${id.name}`),
    { Name: name },
  ),
  "AWS::WAFv2::IPSet": wafKind("ipset"),
  "AWS::WAFv2::LoggingConfiguration": { ref: (id) => id.property("ResourceArn") ?? id.name },
  "AWS::WAFv2::RegexPatternSet": wafKind("regexpatternset"),
  "AWS::WAFv2::RuleGroup": wafKind("rulegroup"),
  "AWS::WAFv2::WebACL": wafKind("webacl"),
  "AWS::WAFv2::WebACLAssociation": anonymous,
};

/** Custom resources of CDK whose work means nothing in a world that is thrown away. */
export const harmlessCustomResources: ReadonlySet<string> = new Set([
  "Custom::S3AutoDeleteObjects",
  "Custom::LogRetention",
]);
