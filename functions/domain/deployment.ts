/** The one config file of a deployment, `portcullis.config.json`: parsed in one place, all problems at once. */
import * as z from "zod";

import { alarmSettingsSchema } from "./alarm-settings.ts";
import { modeSchema } from "./ban.ts";
import { contradictions } from "./contradictions.ts";
import { environmentProblems } from "./environment-size.ts";
import { InvalidInputError } from "./errors.ts";
import { policySchema } from "./policy.ts";
import { onTimeoutSchema } from "./proposal.ts";
import { cidr, managedRuleGroupsSchema, operationLimitsSchema, rateLimit } from "./web-acl-settings.ts";
import { originProblem } from "./web-origins.ts";

/** Quota categories that public operations use, with Cognito's default requests per second ("Quotas in Amazon Cognito", 2026). */
export const publicCategories = {
  UserAuthentication: 120,
  UserCreation: 50,
  UserAccountRecovery: 30,
  UserToken: 120,
  UserResourceRead: 50,
} as const;
export type Category = keyof typeof publicCategories;

/** The category of runs that look at every quota category. */
export const ALL_CATEGORIES = "all";

const webOrigin = z.string().superRefine((text, context) => {
  const message = originProblem(text);
  if (message) context.addIssue({ code: "custom", message });
});
const appClientId = z.string().regex(/^[A-Za-z0-9]{20,30}$/, "must be an app client id");
const hostName = z
  .string()
  .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, "must be a host name in lower case");

const rps = z.number().positive().max(100_000);
const quotas = z.strictObject({
  UserAuthentication: rps.default(publicCategories.UserAuthentication).describe("Sign-ins"),
  UserCreation: rps.default(publicCategories.UserCreation).describe("Sign-ups"),
  UserAccountRecovery: rps.default(publicCategories.UserAccountRecovery).describe("Forgotten passwords"),
  UserToken: rps.default(publicCategories.UserToken).describe("Refreshing and revoking tokens"),
  UserResourceRead: rps.default(publicCategories.UserResourceRead).describe("Users reading what belongs to them"),
});

const slackChannel = z.strictObject({
  workspaceId: z
    .string()
    .regex(/^[0-9A-Z]{1,255}$/, "must look like T012ABCDEFG")
    .describe("The workspace, as its Slack address shows it"),
  channelId: z
    .string()
    .regex(/^[0-9A-Z]{1,255}$/, "must look like C012ABCDEFG")
    .describe("The channel; of a private one the app has to be a member"),
});

const shards = z.int().min(1).max(20);
const shardsOf = (v4: number, v6: number) =>
  z.strictObject({ v4: shards.describe("Sets of IPv4"), v6: shards.describe("Sets of IPv6") }).default({ v4, v6 });

export const deploymentSchema = z.strictObject({
  $schema: z.string().optional().describe("Where editors find this schema: `./portcullis.config.schema.json`"),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,20}$/, "must be 2 to 21 lower-case letters, digits or hyphens, beginning with a letter")
    .default("portcullis")
    .describe("Prefix of every resource and alarm name. Another name is another deployment"),
  account: z
    .string()
    .regex(/^\d{12}$/, "must be the 12 digits of an AWS account")
    .describe("The AWS account of the user pool; everything is deployed there"),
  userPool: z
    .strictObject({
      id: z
        .string()
        .regex(/^[a-z]{2}(-[a-z]+)+-\d_[A-Za-z0-9]+$/, "must look like eu-west-1_Ab12Cd34E")
        .describe("Its Region is part of it"),
      clientIds: z
        .array(appClientId)
        .min(1)
        .max(50)
        .describe("The app clients that call through the proxy, each with a client secret"),
    })
    .describe("The user pool that is protected"),
  distribution: z
    .strictObject({
      id: z
        .string()
        .regex(/^E[A-Z0-9]{5,20}$/, "must look like E1ABCDEFGHIJKL")
        .describe("Output `DistributionId` of the edge stack"),
      domainName: z
        .string()
        .regex(/^[a-z0-9]+\.cloudfront\.net$/, "must look like d111111abcdef8.cloudfront.net")
        .describe("Output `DistributionDomainName` of the edge stack"),
    })
    .optional()
    .describe(
      "The distribution, once there is one (outputs of the edge stack): `analyze` then tells log files of several distributions apart. Nothing that is deployed needs it",
    ),
  alternateDomain: z
    .strictObject({
      names: z
        .array(hostName)
        .min(1)
        .max(100)
        .describe("Host names that clients call; you point their DNS at the distribution"),
      certificateArn: z
        .string()
        .regex(
          /^arn:aws:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]{36}$/,
          "must be the ARN of a certificate in us-east-1, the only Region whose certificates CloudFront takes",
        )
        .describe("A certificate of AWS Certificate Manager that covers all the names"),
    })
    .optional()
    .describe("Names of your own for the distribution; without them clients call its `cloudfront.net` name"),
  AdvancedSecurityEnabled: z
    .boolean()
    .default(false)
    .describe("Kept from the original solution: sign in through AdminInitiateAuth with the viewer's address"),
  finishSignIns: z
    .boolean()
    .default(false)
    .describe(
      "Set it with the deployment that switches `AdvancedSecurityEnabled`, either way, and take it out with the next one a quarter of an hour later: sign-ins that began before the switch then end as they began",
    ),
  RateLimit: rateLimit
    .default(1000)
    .describe(
      "Kept from the original solution: requests of one address in five minutes before the RateLimit rule blocks. A value of the config and no CloudFormation parameter, for a deployment keeps a parameter's old value unless told again",
    ),
  operationLimits: operationLimitsSchema,
  managedRuleGroups: managedRuleGroupsSchema,
  clientAddress: z
    .enum(["none", "userContext"])
    .default("none")
    .describe(
      "`userContext`: Cognito learns the viewer's address from UserContextData. Needs a pool with threat protection and app clients with EnablePropagateAdditionalUserContextData",
    ),
  allowedOrigins: z
    .array(webOrigin)
    .min(1, "leave it out to let pages of any origin call")
    .optional()
    .describe(
      "Web origins whose pages may call; absent: any page, which may then make its visitors attack and get them banned",
    ),
  nativeClients: z
    .array(appClientId)
    .optional()
    .describe("App clients that may call without an Origin header, as apps do; absent: all"),
  secretReplicaRegions: z
    .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a Region"))
    .default([])
    .describe("Regions that hold a copy of the client secrets, besides us-east-1: the edge reads the nearest one"),
  clientSecretArn: z
    .string()
    .regex(
      /^arn:aws:secretsmanager:us-east-1:\d{12}:secret:[\w/+=.@-]{1,512}-\w{6}$/,
      "must be the whole ARN of a secret in us-east-1, with the six characters at its end",
    )
    .optional()
    .describe(
      "A secret that exists already, for the client secrets; absent: one is made. Its copies are yours to make",
    ),
  gateRotationDays: z
    .int()
    .min(1)
    .max(365)
    .default(7)
    .describe("At which age a gate is replaced; both are valid for a day more"),
  refreshStrategy: z
    .enum(["rewrite", "plain-secret"])
    .default("rewrite")
    .describe(
      "`rewrite` turns REFRESH_TOKEN_AUTH into GetTokensFromRefreshToken; `plain-secret` passes it on with the plain secret as its hash",
    ),
  quotas: quotas
    .prefault({})
    .describe("Requests per second of the account's quota categories; the defaults are Cognito's"),
  usageService: z
    .string()
    .min(1)
    .default("Cognito user pool")
    .describe(
      "Dimension `Service` of AWS/Usage, case-sensitive; `npx portcullis config quotas` tells the account's spelling",
    ),
  thresholds: z
    .array(z.int().min(1).max(100))
    .min(1)
    .default([50, 70, 90])
    .describe("Percentages of a quota at which an alarm starts a run"),
  alarms: alarmSettingsSchema,
  mode: modeSchema.default("observe").describe("Mode of a new deployment; afterwards the ledger holds the mode"),
  policy: policySchema.prefault({}).describe("What tunes judgement and mitigation; state only what differs"),
  autoShards: z
    .strictObject({
      edge: shardsOf(4, 2).describe("On the distribution's web ACL"),
      pool: shardsOf(2, 1).describe("For the user pool"),
    })
    .prefault({})
    .describe(
      "How many machine-owned IP sets there are, of 10,000 ranges each. More can be added later without touching the others",
    ),
  allowList: z
    .array(cidr)
    .max(10_000, "AWS WAF takes 10,000 ranges in an IP set")
    .default([])
    .describe(
      "Addresses that no rule of the web ACL stops and that no path bans. They go into an IP set of their own, which a deployment keeps equal to this list; the sets that people edit stay as they are",
    ),
  egress: z
    .array(cidr)
    .default([])
    .describe("Own egress addresses: never banned by any path, but limited like all others"),
  poolProtection: z
    .enum(["none", "ruleGroup", "webAcl"])
    .default("webAcl")
    .describe(
      "What stops banned callers who go round the proxy: `webAcl` puts a web ACL on the user pool, `ruleGroup` makes a rule group for a web ACL that the pool already has, `none` leaves the pool alone",
    ),
  gate: z
    .enum(["off", "count", "block"])
    .default("off")
    .describe(
      "A rule at the user pool for calls of our app clients that did not come through the proxy. Begin with `count` and look at its metric before you choose `block`",
    ),
  approval: z
    .strictObject({
      method: z
        .enum(["page", "commands"])
        .default("page")
        .describe(
          "`page`: a link in the notice opens a public page; `commands`: there is no such page, people decide by `npx portcullis approvals` with AWS permissions of their own",
        ),
      timeoutMinutes: z.int().min(5).max(1440).default(60).describe("How long a proposal waits for a person"),
      onTimeout: onTimeoutSchema.default("discard").describe("What becomes of a proposal that nobody decided"),
      emails: z.array(z.email()).default([]).describe("Who gets the notices by mail; each address confirms once"),
      slack: z
        .array(slackChannel)
        .default([])
        .describe(
          "Slack channels that get the notices, by Amazon Q Developer in chat applications. Authorise the workspace there first, once, in the console",
        ),
    })
    .prefault({})
    .describe("How people are asked"),
  run: z
    .strictObject({
      roundSeconds: z.int().min(30).max(900).default(60).describe("How long a run waits between two looks"),
      maxRounds: z
        .int()
        .min(2)
        .max(150)
        .default(150)
        .describe(
          "A run that ends in the middle of an attack leaves it to the patrol; 150 rounds stay below the 25,000 events of an execution, also where each query of each round falls back to a sample",
        ),
    })
    .prefault({})
    .describe("How a run goes on while its alarm lasts"),
  scanLimitMegabytes: z
    .int()
    .min(10)
    .max(2_000)
    .default(1_000)
    .describe("Athena stops an evidence query that scans more; AWS allows no less than 10 MB"),
  scanBudgetGigabytesPerHour: z
    .int()
    .min(1)
    .max(100_000)
    .default(100)
    .describe(
      "What the queries of an hour may scan in all. Once they have, looks read samples of the raw logs, and people are told",
    ),
  trail: z
    .strictObject({
      bucket: z
        .string()
        .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be the name of a bucket")
        .describe("The bucket that the trail writes to"),
      arn: z
        .string()
        .regex(/^arn:aws:cloudtrail:[a-z0-9-]+:\d{12}:trail\/[\w.-]{3,128}$/, "must be the ARN of a trail")
        .optional()
        .describe("The trail's ARN. With it a trail that was stopped or cannot write is noticed before anybody calls"),
      prefix: z
        .string()
        .regex(/^[\w!.*'()-]+(\/[\w!.*'()-]+)*$/, "must be without a slash at either end")
        .optional()
        .describe("What stands before `AWSLogs/` in the bucket"),
      organizationId: z
        .string()
        .regex(/^o-[a-z0-9]{10,32}$/, "must look like o-a1b2c3d4e5")
        .optional()
        .describe("Of a trail that an organization shares; its files lie in a folder of this name"),
      keyArn: z
        .string()
        .regex(/^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, "must be the ARN of a key of AWS KMS")
        .optional()
        .describe("The key by which the log files are encrypted, if it is your own"),
    })
    .optional()
    .describe(
      "A trail that exists already and records management events of the pool's Region, reading and writing ones; absent: one is made",
    ),
  logs: z
    .enum(["direct", "fast"])
    .default("direct")
    .describe(
      "How logs come to S3. `direct`: files of five minutes. `fast`: the web ACLs' through Amazon Data Firehose in files of one minute, and CloudTrail's records by EventBridge and Firehose as well; bans come within three minutes of the alarm, not eight, at Firehose's price for each GB",
    ),
  logRetentionDays: z.int().min(1).max(3650).default(90).describe("After how many days logs are deleted"),
  runbookUrl: z
    .url()
    .default("https://github.com/portcullis/portcullis/blob/main/docs/runbook.md")
    .describe("Where alarms and notices point people to"),
});
export type Deployment = z.infer<typeof deploymentSchema>;
/** What a person may write: everything with a default may be left out. */
export type DeploymentInput = z.input<typeof deploymentSchema>;

/** The Region of the user pool is part of its id. */
export function poolRegion(deployment: Deployment): string {
  return deployment.userPool.id.split("_", 1)[0] ?? "";
}

/** Parses a config document. Throws `InvalidInputError` with every problem, each with the path of its value. */
export function parseDeployment(document: unknown, file: string): Deployment {
  const parsed = deploymentSchema.safeParse(document);
  const mistakes = parsed.success ? [] : parsed.error.issues.map(describeIssue);
  const fields = readableFields(document);
  const lengths = parsed.success ? environmentProblems(parsed.data) : [];
  const problems = [...mistakes, ...contradictions(fields, new Set(Object.keys(fields))), ...lengths];
  if (problems.length > 0 || !parsed.success) throw new InvalidInputError(`${file} cannot be used`, problems);
  return parsed.data;
}

/** The fields of a document that are right by themselves, whatever the others are; absent ones by their defaults. */
function readableFields(document: unknown): Partial<Deployment> {
  const given = z.record(z.string(), z.unknown()).safeParse(document).data;
  if (!given) return {};
  const fields = Object.entries(deploymentSchema.shape).flatMap(([key, schema]) => {
    const field = schema.safeParse(given[key]);
    return field.success ? [[key, field.data]] : [];
  });
  return Object.fromEntries(fields);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  const isMissing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  const message = isMissing ? `is missing; expected ${issue.expected}` : issue.message;
  return path ? `${path}: ${message}` : message;
}
