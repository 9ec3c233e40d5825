import type { Properties } from "../builders.ts";
import type { TemplateRule } from "./synthesis.ts";

const LASTING = ["AWS::DynamoDB::Table", "AWS::S3::Bucket"];

/** Ledger, evidence and logs outlive their stack; so do the sets that people write. */
export const whatIsIrreplaceableStays: TemplateRule = ({ raw }) =>
  Object.values(raw).flatMap((resources) =>
    Object.entries(resources)
      .filter(([, { Type, Properties: properties }]) => LASTING.includes(Type) || isPeoples(Type, properties))
      .filter(([, { DeletionPolicy }]) => DeletionPolicy !== "Retain")
      .map(([id, { DeletionPolicy }]) => `${id} goes with its stack (${DeletionPolicy})`),
  );

function isPeoples(type: string, properties: Properties): boolean {
  return (
    type === "AWS::WAFv2::IPSet" && /-(allow|deny)-v\d$/.test(properties.Name) && !properties.Name.includes("config")
  );
}

/** No template holds a secret: not a generated one's content, not a gate, not a key in an environment. */
export const templatesHoldNoSecret: TemplateRule = ({ raw }) =>
  Object.values(raw).flatMap((resources) =>
    Object.entries(resources)
      .filter(
        ([, { Type, Properties: properties }]) =>
          Type === "AWS::SecretsManager::Secret" && "SecretString" in properties,
      )
      .map(([id]) => `${id} is written in the template`),
  );

/** What AWS limits of names: longest length, and the form where it is narrow. */
const NAMES: Readonly<Record<string, readonly [property: string, form: RegExp]>> = {
  "AWS::S3::Bucket": ["BucketName", /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/],
  "AWS::Lambda::Function": ["FunctionName", /^[A-Za-z0-9_-]{1,64}$/],
  "AWS::StepFunctions::StateMachine": ["StateMachineName", /^[A-Za-z0-9_-]{1,80}$/],
  "AWS::Scheduler::Schedule": ["Name", /^[A-Za-z0-9._-]{1,64}$/],
  "AWS::Events::Rule": ["Name", /^[A-Za-z0-9._-]{1,64}$/],
  "AWS::SQS::Queue": ["QueueName", /^[A-Za-z0-9_-]{1,80}$/],
  "AWS::SNS::Topic": ["TopicName", /^[A-Za-z0-9_-]{1,256}$/],
  "AWS::DynamoDB::Table": ["TableName", /^[A-Za-z0-9._-]{3,255}$/],
  "AWS::CloudWatch::Alarm": ["AlarmName", /^.{1,255}$/],
  "AWS::WAFv2::IPSet": ["Name", /^[A-Za-z0-9_-]{1,128}$/],
  "AWS::WAFv2::WebACL": ["Name", /^[A-Za-z0-9_-]{1,128}$/],
  "AWS::Athena::WorkGroup": ["Name", /^[A-Za-z0-9._-]{1,128}$/],
  "AWS::SecretsManager::Secret": ["Name", /^[A-Za-z0-9/_+=.@-]{1,512}$/],
};

export const namesAreWithinLimits: TemplateRule = ({ assembly }) =>
  assembly.resources.flatMap(({ type, logicalId, properties }) => {
    const [property, form] = NAMES[type] ?? [];
    const name = property === undefined ? undefined : properties[property];
    return typeof name === "string" && form && !form.test(name) ? [`${logicalId}: ${name} is no name of ${type}`] : [];
  });
