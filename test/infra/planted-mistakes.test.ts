/**
 * Mistakes that synthesis lets pass and that AWS refuses at deployment, or takes and then does something else: each is
 * planted in the templates, and the rule about its trap finds it, and no other rule does.
 */
import { TemplateError } from "../../local/template.ts";
import { aDeployment, type Properties, synthesised } from "./builders.ts";
import { brokenRules, type RuleName } from "./rules/index.ts";
import { type RawResource, type RawResources, readSynthesis, withMistake } from "./rules/synthesis.ts";

const folder = synthesised(aDeployment({ gate: "count" }));

/** The resource of a type whose text holds `about`. */
function find(resources: RawResources, type: string, about = ""): RawResource {
  const found = Object.values(resources).find((each) => each.Type === type && JSON.stringify(each).includes(about));
  if (!found) throw new Error(`no ${type} is about ${about}`);
  return found;
}

const usage = (resources: RawResources): Properties =>
  find(resources, "AWS::CloudWatch::Alarm", "UserAuthentication-50").Properties.Metrics.find(
    (each: Properties) => each.MetricStat,
  ).MetricStat;
const edge = (resources: RawResources): Properties =>
  find(resources, "AWS::Lambda::Function", "origin request").Properties;
const table = (resources: RawResources, name: string): Properties =>
  find(resources, "AWS::Glue::Table", `"Name":"${name}"`).Properties.TableInput.Parameters;
const edgeRules = (resources: RawResources): Properties[] => find(resources, "AWS::WAFv2::WebACL").Properties.Rules;
const edgeRule = (resources: RawResources, name: string): Properties =>
  edgeRules(resources).find((rule) => rule.Name === name);
const machine = (resources: RawResources, name: string): Properties =>
  find(resources, "AWS::StepFunctions::StateMachine", `portcullis-${name}`).Properties;

/** A definition as text, however its substitutions are joined. */
function inDefinition(properties: Properties, from: RegExp, to: string): void {
  properties.DefinitionString = JSON.parse(JSON.stringify(properties.DefinitionString).replace(from, to));
}

interface Mistake {
  readonly trap: string;
  readonly stack?: string;
  readonly plant: (resources: RawResources) => void;
  readonly rule: RuleName;
  readonly says: RegExp;
}

const POOL = "portcullis-pool";
const mistakes: readonly Mistake[] = [
  {
    trap: "2: a web ACL that nobody put on the user pool",
    stack: POOL,
    plant: (resources) => {
      const [id = ""] =
        Object.entries(resources).find(([, { Type }]) => Type === "AWS::WAFv2::WebACLAssociation") ?? [];
      delete resources[id];
    },
    rule: "bothDoorsAreGuarded",
    says: /portcullis-pool protects nothing/,
  },
  {
    trap: "3: Maximum instead of Sum, which stays 1 for ever",
    stack: POOL,
    plant: (resources) => {
      usage(resources).Stat = "Maximum";
    },
    rule: "quotaAlarmsCountCalls",
    says: /UserAuthentication-50: statistic Maximum/,
  },
  {
    trap: "3: the five minutes that an expression takes by default",
    stack: POOL,
    plant: (resources) => {
      usage(resources).Period = 300;
    },
    rule: "quotaAlarmsCountCalls",
    says: /period 300 instead of 60/,
  },
  {
    trap: "3: SERVICE_QUOTA(), which does not know the provisioned limit",
    stack: POOL,
    plant: (resources) => {
      const { Metrics } = find(resources, "AWS::CloudWatch::Alarm", "UserToken-90").Properties;
      Metrics.find((each: Properties) => each.Expression).Expression = "100*usage/SERVICE_QUOTA(usage)";
    },
    rule: "quotaAlarmsCountCalls",
    says: /SERVICE_QUOTA/,
  },
  {
    trap: "4: an alarm in us-east-1 for a pool elsewhere",
    plant: (resources) => {
      resources["Misplaced"] = structuredClone(
        find(readSynthesis(folder).raw[POOL] ?? {}, "AWS::CloudWatch::Alarm", "UserToken-50"),
      );
    },
    rule: "quotaAlarmsAreInThePoolsRegion",
    says: /UserToken-50 is in us-east-1/,
  },
  {
    trap: "5: runs that start on other transitions, too",
    plant: (resources) => {
      find(resources, "AWS::Events::Rule").Properties.EventPattern.detail.state.value.push("OK");
    },
    rule: "alarmsStartRuns",
    says: /starts on \["ALARM","OK"\]/,
  },
  {
    trap: "7: twelve hours in a day's folders",
    plant: (resources) => {
      table(resources, "waf_edge")["projection.dt.format"] = "yyyy/MM/dd/hh/mm";
    },
    rule: "partitionsCoverTheDay",
    says: /waf_edge: projection.dt.format counts twelve hours/,
  },
  {
    trap: "7: the hours 01 to 12 of AWS's own sample",
    plant: (resources) => {
      Object.assign(table(resources, "cloudfront"), {
        "projection.hour.type": "integer",
        "projection.hour.range": "01,12",
      });
    },
    rule: "partitionsCoverTheDay",
    says: /projection.hour.range is 01,12/,
  },
  {
    trap: "7: five-minute steps from a moving beginning",
    plant: (resources) => {
      table(resources, "waf_edge")["projection.dt.range"] = "NOW-7DAYS,NOW";
    },
    rule: "partitionsCoverTheDay",
    says: /the partitions begin at NOW-7DAYS,NOW/,
  },
  {
    trap: "8: a rate rule by the address that a header claims",
    plant: (resources) => {
      const { RateBasedStatement } = edgeRule(resources, "RateLimit").Statement;
      const ForwardedIPConfig = { HeaderName: "X-Forwarded-For", FallbackBehavior: "MATCH" };
      Object.assign(RateBasedStatement, { AggregateKeyType: "FORWARDED_IP", ForwardedIPConfig });
    },
    rule: "rateRulesCountAddresses",
    says: /RateLimit: counts by FORWARDED_IP/,
  },
  {
    trap: "11: a description on a live set, whose next change empties it",
    plant: (resources) => {
      find(resources, "AWS::WAFv2::IPSet", "auto-v4-1").Properties.Description = "bans";
    },
    rule: "liveSetsAreFrozen",
    says: /portcullis-auto-v4-1 has .*Description/,
  },
  {
    trap: "11: a description on the set of gates",
    stack: POOL,
    plant: (resources) => {
      find(resources, "AWS::WAFv2::RegexPatternSet").Properties.Description = "gates";
    },
    rule: "liveSetsAreFrozen",
    says: /portcullis-gates has .*Description/,
  },
  {
    trap: "13: a rule of ours that lets requests past the rate rules",
    plant: (resources) => {
      edgeRule(resources, "DenyList").Action = { Allow: {} };
    },
    rule: "onlyListsLetPass",
    says: /DenyList lets requests past all later rules/,
  },
  {
    trap: "14: a challenge, which no client of the API can answer",
    plant: (resources) => {
      edgeRule(resources, "RateLimit").Action = { Challenge: {} };
    },
    rule: "nobodyIsChallenged",
    says: /RateLimit: Challenge/,
  },
  {
    trap: "15: a wait for a person that never ends",
    plant: (resources) => {
      const approve = machine(resources, "approve");
      inDefinition(approve, /\\n\s*\\"TimeoutSecondsPath\\": ?\\"[^,]*,/g, "");
    },
    rule: "waitsEnd",
    says: /portcullis-approve: .* waits for ever/,
  },
  {
    trap: "17: a definition in a file, which nobody checks",
    plant: (resources) => {
      const mitigate = machine(resources, "mitigate");
      delete mitigate.DefinitionString;
      mitigate.DefinitionS3Location = { Bucket: "assets", Key: "mitigate.asl.json" };
    },
    rule: "definitionsStandInTheTemplate",
    says: /portcullis-mitigate: the definition is not in the template/,
  },
  {
    trap: "17: a definition that lost its time-out",
    plant: (resources) => inDefinition(machine(resources, "rollup"), /\\n {2}\\"TimeoutSeconds\\": ?\d+,/, ""),
    rule: "definitionsStandInTheTemplate",
    says: /portcullis-rollup: has no time-out/,
  },
  {
    trap: "17: a machine without permission for a function that it calls",
    plant: (resources) => {
      const [, policy] =
        Object.entries(resources).find(([id, { Type }]) => Type === "AWS::IAM::Policy" && id.includes("RollupRole")) ??
        [];
      const statements: Properties[] = policy?.Properties.PolicyDocument.Statement;
      statements.splice(
        statements.findIndex(({ Action }) => Action === "lambda:InvokeFunction"),
        1,
      );
    },
    rule: "machinesMayDoWhatTheyDo",
    says: /portcullis-rollup: may not lambda:InvokeFunction/,
  },
  {
    trap: "18: singleHeader in lower case",
    plant: (resources) => {
      const rules = edgeRules(resources);
      rules.splice(
        0,
        rules.length,
        ...JSON.parse(JSON.stringify(rules).replace('{"Name":"x-amz-target"}', '{"name":"x-amz-target"}')),
      );
    },
    rule: "wafBoots",
    says: /SingleHeader/,
  },
  {
    trap: "19: a delivery that does not wait for its source",
    plant: (resources) => {
      find(resources, "AWS::Logs::Delivery").Properties.DeliverySourceName = "portcullis-cloudfront";
    },
    rule: "deliveriesAreInOrder",
    says: /names its source instead of referring to it/,
  },
  {
    trap: "19: a destination that meets the bucket before its policy (409)",
    plant: (resources) => {
      delete find(resources, "AWS::Logs::DeliveryDestination").DependsOn;
    },
    rule: "deliveriesAreInOrder",
    says: /does not wait for AWS::S3::BucketPolicy/,
  },
  ...(
    [
      ["arm64", { Architectures: ["arm64"] }, /only x86_64/],
      ["tracing", { TracingConfig: { Mode: "Active" } }, /TracingConfig is not allowed/],
      ["an environment", { Environment: { Variables: { POOL: "x" } } }, /Environment is not allowed/],
      ["a minute's time", { Timeout: 60 }, /time-out of 60 seconds/],
    ] as const
  ).map(
    ([what, property, says]): Mistake => ({
      trap: `20: ${what} at the edge`,
      plant: (resources) => Object.assign(edge(resources), property),
      rule: "edgeFunctionIsAllowedAtTheEdge",
      says,
    }),
  ),
  {
    trap: "21: logs without the autonomous system, for the rule comes after one that ends the evaluation",
    plant: (resources) => {
      edgeRule(resources, "ClientAsn").Priority = 99;
    },
    rule: "edgeLogsTellTheAsn",
    says: /asks for no ASN/,
  },
  {
    trap: "22: a rate rule by a header, which does not count who leaves it out",
    plant: (resources) => {
      const { RateBasedStatement } = edgeRule(resources, "RateLimit").Statement;
      const key = { Header: { Name: "x-amz-target", TextTransformations: [{ Priority: 0, Type: "NONE" }] } };
      Object.assign(RateBasedStatement, { AggregateKeyType: "CUSTOM_KEYS", CustomKeys: [key] });
    },
    rule: "rateRulesCountAddresses",
    says: /RateLimit: counts by CUSTOM_KEYS/,
  },
  {
    trap: "25: an approval that asks the pool who decides",
    plant: (resources) => {
      const policy = find(resources, "AWS::IAM::Policy", "FunctionsapprovalRole");
      policy.Properties.PolicyDocument.Statement.push({
        ...{ Effect: "Allow", Action: "cognito-idp:AdminGetUser" },
        Resource: "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Ab12Cd34E",
      });
    },
    rule: "approvalNeedsNoPool",
    says: /approval uses cognito-idp:AdminGetUser/,
  },
  {
    trap: "a ledger that goes with its stack",
    plant: (resources) => {
      find(resources, "AWS::DynamoDB::Table").DeletionPolicy = "Delete";
    },
    rule: "whatIsIrreplaceableStays",
    says: /Ledger.* goes with its stack/,
  },
  {
    trap: "a secret in a template",
    plant: (resources) => {
      find(resources, "AWS::SecretsManager::Secret", "clients").Properties.SecretString = "{}";
    },
    rule: "templatesHoldNoSecret",
    says: /is written in the template/,
  },
  {
    trap: "credentials in the logs",
    plant: (resources) => {
      find(resources, "AWS::WAFv2::LoggingConfiguration").Properties.RedactedFields.shift();
    },
    rule: "wafLogsAreRedacted",
    says: /authorization is logged/,
  },
  {
    trap: "a schedule that may not start its target",
    plant: (resources) => {
      find(resources, "AWS::Scheduler::Schedule", "portcullis-sweep").Properties.Target.Arn =
        "arn:aws:lambda:us-east-1:111122223333:function:other";
    },
    rule: "triggersMayStart",
    says: /portcullis-sweep: may not lambda:InvokeFunction/,
  },
  {
    trap: "a name that AWS refuses",
    plant: (resources) => {
      find(resources, "AWS::S3::Bucket", "evidence").Properties.BucketName = "Portcullis_Evidence";
    },
    rule: "namesAreWithinLimits",
    says: /Portcullis_Evidence is no name/,
  },
];

test("the templates as they are break no rule", () => {
  expect(brokenRules(readSynthesis(folder))).toEqual({});
});

/** The local WAF refuses what no deployment should have; that it does so, too, is no second finding. */
const ALSO: readonly RuleName[] = ["wafBoots"];

test.each(mistakes)("found: trap $trap", ({ stack = "portcullis-edge", plant, rule, says }) => {
  const broken = brokenRules(withMistake(folder, stack, plant));
  expect(broken[rule]?.join("\n")).toMatch(says);
  expect(Object.keys(broken).filter((name) => name !== rule && !ALSO.includes(name as RuleName))).toEqual([]);
});

test("found: a reference to what no template has", () => {
  const dangling = () =>
    withMistake(folder, "portcullis-edge", (resources) => {
      const [id = ""] = Object.entries(resources).find(([, { Type }]) => Type === "AWS::SQS::Queue") ?? [];
      delete resources[id];
    });
  expect(dangling).toThrow(TemplateError);
});
