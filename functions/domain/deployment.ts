/** The one config file of a deployment, `portcullis.config.json`: parsed in one place, all problems at once. */
import * as z from "zod";

import { modeSchema } from "./ban.ts";
import { parseCidr } from "./cidr.ts";
import { contradictions } from "./contradictions.ts";
import { InvalidInputError } from "./errors.ts";
import { policySchema } from "./policy.ts";
import { onTimeoutSchema } from "./proposal.ts";
import { originProblem } from "./web-origins.ts";

const cidr = z.string().refine((text) => parseCidr(text) !== null, "is neither an address nor a CIDR");

/** Quota categories that public operations use, with Cognito's default requests per second ("Quotas in Amazon Cognito", 2026). */
export const publicCategories = {
  UserAuthentication: 120,
  UserCreation: 50,
  UserAccountRecovery: 30,
  UserToken: 120,
  UserResourceRead: 50,
} as const;
export type Category = keyof typeof publicCategories;

const webOrigin = z.string().superRefine((text, context) => {
  const message = originProblem(text);
  if (message) context.addIssue({ code: "custom", message });
});
const appClientId = z.string().regex(/^[a-z0-9]{20,30}$/i, "must be an app client id");

const rps = z.number().positive().max(100_000);
const quotas = z.strictObject({
  UserAuthentication: rps.default(publicCategories.UserAuthentication),
  UserCreation: rps.default(publicCategories.UserCreation),
  UserAccountRecovery: rps.default(publicCategories.UserAccountRecovery),
  UserToken: rps.default(publicCategories.UserToken),
  UserResourceRead: rps.default(publicCategories.UserResourceRead),
});

export const deploymentSchema = z.strictObject({
  $schema: z.string().optional(),
  /** Prefix of every resource and alarm name. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,20}$/, "must be 2 to 21 lower-case letters, digits or hyphens, beginning with a letter")
    .default("portcullis"),
  account: z.string().regex(/^\d{12}$/, "must be the 12 digits of an AWS account"),
  userPool: z.strictObject({
    id: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d_[A-Za-z0-9]+$/, "must look like eu-west-1_Ab12Cd34E"),
    clientIds: z.array(appClientId).min(1).max(50),
  }),
  /**
   * The distribution, once there is one (outputs of the edge stack): log files of several distributions are then told
   * apart. Nothing that is deployed needs it.
   */
  distribution: z
    .strictObject({
      id: z.string().regex(/^E[A-Z0-9]{5,20}$/, "must look like E1ABCDEFGHIJKL"),
      domainName: z.string().regex(/^[a-z0-9]+\.cloudfront\.net$/, "must look like d111111abcdef8.cloudfront.net"),
    })
    .optional(),
  /** Kept from the original solution: sign in through AdminInitiateAuth with the viewer's address. */
  AdvancedSecurityEnabled: z.boolean().default(false),
  /**
   * Kept from the original solution: requests of one address in five minutes before the RateLimit rule blocks. A value
   * of the config and no CloudFormation parameter, for a deployment keeps a parameter's old value unless told again.
   */
  RateLimit: z.number().int().min(10).max(2_000_000_000).default(1000),
  /**
   * `userContext`: Cognito learns the viewer's address from UserContextData. Needs a pool with threat protection and app
   * clients with EnablePropagateAdditionalUserContextData.
   */
  clientAddress: z.enum(["none", "userContext"]).default("none"),
  /** Web origins whose pages may call; absent: any page, which may then make its visitors attack and get them banned. */
  allowedOrigins: z.array(webOrigin).min(1, "leave it out to let pages of any origin call").optional(),
  /** App clients that may call without an Origin header, as apps do; absent: all. */
  nativeClients: z.array(appClientId).optional(),
  /** Regions that hold a copy of the client secrets, besides us-east-1: the edge reads the nearest one. */
  secretReplicaRegions: z.array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a Region")).default([]),
  refreshStrategy: z.enum(["rewrite", "plain-secret"]).default("rewrite"),
  quotas: quotas.prefault({}),
  /** Dimension `Service` of AWS/Usage, case-sensitive; `aws service-quotas list-service-quotas` tells the account's spelling. */
  usageService: z.string().min(1).default("Cognito user pool"),
  thresholds: z.array(z.number().int().min(1).max(100)).min(1).default([50, 70, 90]),
  /** Mode of a new deployment; afterwards the ledger holds the mode. */
  mode: modeSchema.default("observe"),
  policy: policySchema.prefault({}),
  autoShards: z
    .strictObject({
      edge: z.strictObject({ v4: z.int().min(1).max(20), v6: z.int().min(1).max(20) }).default({ v4: 4, v6: 2 }),
      pool: z.strictObject({ v4: z.int().min(1).max(20), v6: z.int().min(1).max(20) }).default({ v4: 2, v6: 1 }),
    })
    .prefault({}),
  /** Own egress addresses: never banned by any path. */
  egress: z.array(cidr).default([]),
  poolProtection: z.enum(["none", "webAcl"]).default("webAcl"),
  approval: z
    .strictObject({
      timeoutMinutes: z.number().int().min(5).max(1440).default(60),
      onTimeout: onTimeoutSchema.default("discard"),
      emails: z.array(z.email()).default([]),
    })
    .prefault({}),
  run: z
    .strictObject({
      roundSeconds: z.number().int().min(30).max(900).default(60),
      /** A run that ends in the middle of an attack leaves it to the patrol; 200 rounds stay below the 25,000 events of an execution. */
      maxRounds: z.number().int().min(2).max(200).default(200),
    })
    .prefault({}),
  /** Athena stops an evidence query that scans more; AWS allows no less than 10 MB. */
  scanLimitMegabytes: z.number().int().min(10).max(2_000).default(1_000),
  logRetentionDays: z.number().int().min(1).max(3650).default(90),
  runbookUrl: z.url().default("https://github.com/portcullis/portcullis/blob/main/docs/runbook.md"),
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
  const problems = parsed.success ? contradictions(parsed.data) : parsed.error.issues.map(describeIssue);
  if (problems.length > 0 || !parsed.success) throw new InvalidInputError(`${file} cannot be used`, problems);
  return parsed.data;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  return path ? `${path}: ${issue.message}` : issue.message;
}
