/** Random configs as people may write them: each field by itself or left out, without contradictions between them. */
import fc from "fast-check";

import { type DeploymentInput, deploymentSchema, publicCategories } from "../../functions/domain/deployment.ts";
import { environmentProblems } from "../../functions/domain/environment-size.ts";
import { managedCapacity, managedRuleGroups, ROOM_FOR_GROUPS } from "../../functions/domain/managed-rule-groups.ts";
import { publicOperations } from "../../functions/domain/public-operations.ts";

const ACCOUNT = "111122223333";
const regions = ["us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1"];
const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

const clientId = fc.string({ unit: fc.constantFrom(...letters), minLength: 26, maxLength: 26 });
const clientIds = fc.uniqueArray(clientId, { minLength: 1, maxLength: 37 });
const name = fc
  .string({ unit: fc.constantFrom(...letters, "-"), minLength: 1, maxLength: 20 })
  .map((rest) => `p${rest}`.replace(/-+$/, "x"));
const v4 = fc
  .tuple(fc.nat(255), fc.nat(255), fc.integer({ min: 8, max: 32 }))
  .map(([c, d, prefix]) => `203.${c}.${d}.0/${prefix}`);
const v6 = fc
  .tuple(fc.nat(0xffff), fc.integer({ min: 20, max: 128 }))
  .map(([group, prefix]) => `2001:db8:${group.toString(16)}::/${prefix}`);
const ranges = fc.array(fc.oneof(v4, v6), { maxLength: 40 });
const host = fc.constantFrom("app", "www", "auth", "login", "shop").map((label) => `${label}.example.com`);
const origins = fc.uniqueArray(
  fc.oneof(
    host.map((text) => `https://${text}`),
    fc.constant("capacitor://localhost"),
  ),
  { minLength: 1 },
);

const operationLimit = fc.record(
  {
    operations: fc.uniqueArray(fc.constantFrom(...publicOperations), { minLength: 1, maxLength: 10 }),
    limit: fc.integer({ min: 10, max: 99 }),
    windowSeconds: fc.constantFrom(60 as const, 120 as const, 300 as const, 600 as const),
    action: fc.constantFrom("block" as const, "count" as const),
  },
  { requiredKeys: ["operations", "limit"] },
);
const limitNames = fc.constantFrom("a", "b", "c", "codes", "SignUps", "x1", "x2", "x3", "x4");

/** As many from the front as there is room for. */
function withinRoom<Group extends { readonly name: string }>(chosen: readonly Group[]): Group[] {
  return chosen.filter((_, index) => managedCapacity(chosen.slice(0, index + 1)) <= ROOM_FOR_GROUPS);
}

function groups(door: "edge" | "pool") {
  const usable = managedRuleGroups.filter(({ fitsPool }) => door === "edge" || fitsPool).map((group) => group.name);
  const chosen = fc.record(
    { name: fc.constantFrom(...usable), action: fc.constantFrom("count" as const, "block" as const) },
    { requiredKeys: ["name"] },
  );
  return fc.uniqueArray(chosen, { selector: (group) => group.name }).map(withinRoom);
}
const shards = fc.record({ v4: fc.integer({ min: 1, max: 20 }), v6: fc.integer({ min: 1, max: 20 }) });
const rps = fc.integer({ min: 1, max: 5_000 });

const arn = (service: string, rest: string) => fc.constant(`arn:aws:${service}:us-east-1:${ACCOUNT}:${rest}`);

const fields = {
  name,
  distribution: fc.constant({ id: "E1ABCDEFGHIJKL", domainName: "d111111abcdef8.cloudfront.net" }),
  clientAddress: fc.constantFrom("none" as const, "userContext" as const),
  nativeClients: fc.constant<string[]>([]),
  usageService: fc.constantFrom("Cognito user pool", "Cognito"),
  run: fc.record(
    { roundSeconds: fc.integer({ min: 30, max: 900 }), maxRounds: fc.integer({ min: 2, max: 150 }) },
    { requiredKeys: [] },
  ),
  runbookUrl: fc.constant("https://wiki.example.com/runbook"),
  clientSecretArn: arn("secretsmanager", "secret:pool/clients-Ab12Cd"),
  alarms: fc.record({ smsSpendUsd: fc.integer({ min: 1, max: 1_000 }) }, { requiredKeys: [] }),
  gateRotationDays: fc.integer({ min: 1, max: 365 }),
  AdvancedSecurityEnabled: fc.boolean(),
  finishSignIns: fc.boolean(),
  RateLimit: fc.integer({ min: 100, max: 100_000 }),
  operationLimits: fc.dictionary(limitNames, operationLimit, { maxKeys: 9 }),
  managedRuleGroups: fc.record({ edge: groups("edge"), pool: groups("pool") }, { requiredKeys: [] }),
  allowedOrigins: origins,
  secretReplicaRegions: fc.uniqueArray(fc.constantFrom("eu-west-1", "eu-central-1", "ap-southeast-2", "sa-east-1")),
  refreshStrategy: fc.constantFrom("rewrite" as const, "plain-secret" as const),
  quotas: fc.record(Object.fromEntries(Object.keys(publicCategories).map((key) => [key, rps])), { requiredKeys: [] }),
  thresholds: fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 }),
  mode: fc.constantFrom("enforce" as const, "approve" as const, "observe" as const, "paused" as const),
  autoShards: fc.record({ edge: shards, pool: shards }, { requiredKeys: [] }),
  allowList: ranges,
  egress: ranges,
  poolProtection: fc.constantFrom("none" as const, "ruleGroup" as const, "webAcl" as const),
  gate: fc.constantFrom("off" as const, "count" as const, "block" as const),
  approval: fc.record(
    {
      timeoutMinutes: fc.integer({ min: 5, max: 1440 }),
      onTimeout: fc.constantFrom("discard" as const, "banHighConfidence" as const),
      method: fc.constantFrom("page" as const, "commands" as const),
      slack: fc.constant<{ workspaceId: string; channelId: string }[]>([
        { workspaceId: "T012ABCDEFG", channelId: "C012ABCDEFG" },
      ]),
      emails: fc.uniqueArray(fc.constantFrom("on-call@example.com", "security@example.com")),
    },
    { requiredKeys: [] },
  ),
  policy: fc.record({ ban: fc.record({ handsOffMinutes: fc.integer({ min: 1, max: 600 }) }) }, { requiredKeys: [] }),
  trail: fc.record(
    { bucket: fc.constant("org-trail"), prefix: fc.constant("audit"), organizationId: fc.constant("o-a1b2c3d4e5") },
    { requiredKeys: ["bucket"] },
  ),
  logs: fc.constantFrom("direct" as const, "fast" as const),
  scanLimitMegabytes: fc.integer({ min: 10, max: 2_000 }),
  scanBudgetGigabytesPerHour: fc.integer({ min: 1, max: 100_000 }),
  logRetentionDays: fc.integer({ min: 1, max: 3_650 }),
  alternateDomain: fc.record({
    names: fc.uniqueArray(host, { minLength: 1 }),
    certificateArn: arn("acm", "certificate/12345678-1234-1234-1234-123456789012"),
  }),
};

const required = {
  account: fc.constant(ACCOUNT),
  userPool: fc.record({ id: fc.constantFrom(...regions.map((region) => `${region}_Ab12Cd34E`)), clientIds }),
};

/** What is drawn at random; a test holds it against the schema, so that a new key gets drawn as well. */
export const drawnFields = [...Object.keys(required), ...Object.keys(fields)];

export const aConfig: fc.Arbitrary<DeploymentInput> = fc
  .record({ ...required, ...fields }, { requiredKeys: ["account", "userPool"] })
  .map((config) => withoutContradictions(config as DeploymentInput))
  .filter(fitsEnvironment);

/** What the lengths of random lists make impossible is the one thing that is left to the parser to say. */
function fitsEnvironment(config: DeploymentInput): boolean {
  const { data } = deploymentSchema.safeParse(config);
  return data !== undefined && environmentProblems(data).length === 0;
}

/** Another config of the same deployment: what its name is made of stays as it is. */
export function changed({ name, account, userPool }: DeploymentInput): fc.Arbitrary<DeploymentInput> {
  return aConfig
    .map((other) => ({ ...other, ...(name && { name }), account, userPool: { ...other.userPool, id: userPool.id } }))
    .map(({ name: random, ...other }) => (name ? { ...other, name } : other))
    .filter(fitsEnvironment);
}

/** Where two fields of a random config exclude one another, the second gives way. */
function withoutContradictions(config: DeploymentInput): DeploymentInput {
  const { poolProtection = "webAcl", gate, managedRuleGroups: managed, nativeClients, clientAddress, ...rest } = config;
  return {
    ...rest,
    poolProtection,
    ...(gate && poolProtection !== "none" && { gate }),
    ...(managed && {
      managedRuleGroups: { ...managed, pool: poolProtection === "webAcl" ? (managed.pool ?? []) : [] },
    }),
    ...(nativeClients && rest.allowedOrigins && { nativeClients }),
    ...(clientAddress && !rest.AdvancedSecurityEnabled && { clientAddress }),
  };
}
