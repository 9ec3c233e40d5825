/** Rules between the fields of a config, and what AWS or this version cannot do. */

import { contains, parseCidr } from "./cidr.ts";
import type { Deployment } from "./deployment.ts";
import { edgeSettingProblems } from "./edge-settings.ts";
import { managedCapacity, ROOM_FOR_GROUPS } from "./managed-rule-groups.ts";

/** Athena takes 1,024 characters as one execution parameter, the quotes included. */
const CLIENTS_IN_QUERY = 1022;
/** Parts of AWS that share neither accounts nor CloudFront with us-east-1. */
const OTHER_PARTITION = /^(us-gov|us-iso|cn|eusc)-/;

type Key = keyof Deployment;
type Finding = readonly [isBroken: boolean, problem: string];
interface Rule {
  readonly reads: readonly Key[];
  find(deployment: Deployment): readonly Finding[];
}

/** A rule sees only the fields it names, so it still holds where other fields are not readable. */
function rule<K extends Key>(reads: readonly K[], find: (fields: Pick<Deployment, K>) => readonly Finding[]): Rule {
  return { reads, find };
}

/**
 * All that contradicts itself among the fields that are right one by one: nobody should mend a typing error only to
 * learn of the next problem.
 */
export function contradictions(fields: Partial<Deployment>, readable: ReadonlySet<string>): string[] {
  const isReadable = ({ reads }: Pick<Rule, "reads">) => reads.every((key) => readable.has(key));
  return rules
    .filter(isReadable)
    .flatMap(({ find }) => find(fields as Deployment))
    .filter(([isBroken]) => isBroken)
    .map(([, problem]) => problem);
}

const rules: readonly Rule[] = [
  rule(["userPool"], ({ userPool: { id, clientIds } }) => [
    [
      OTHER_PARTITION.test(id),
      "userPool.id: pools in GovCloud, China or isolated Regions cannot be reached from us-east-1's partition",
    ],
    [hasTwice(clientIds), "userPool.clientIds: an app client stands twice"],
    [
      clientIds.join(",").length > CLIENTS_IN_QUERY,
      "userPool.clientIds: more app clients than an evidence query can name are not supported yet; about 37 fit",
    ],
  ]),
  rule(["AdvancedSecurityEnabled", "clientAddress"], ({ AdvancedSecurityEnabled, clientAddress }) => [
    [
      AdvancedSecurityEnabled && clientAddress === "userContext",
      "clientAddress: AdvancedSecurityEnabled tells Cognito the viewer's address in another way; choose one of them",
    ],
  ]),
  rule(["alternateDomain", "account"], ({ alternateDomain, account }) => [
    [hasTwice(alternateDomain?.names ?? []), "alternateDomain.names: a name stands twice"],
    [
      alternateDomain !== undefined && alternateDomain.certificateArn.split(":")[4] !== account,
      "alternateDomain.certificateArn: the certificate belongs to another account; CloudFront takes its own account's",
    ],
  ]),
  rule(["allowedOrigins", "nativeClients"], ({ allowedOrigins, nativeClients }) => [
    [hasTwice(allowedOrigins ?? []), "allowedOrigins: an origin stands twice"],
    [
      nativeClients !== undefined && !allowedOrigins,
      "nativeClients: means nothing without allowedOrigins, since every app client may then call from anywhere",
    ],
    [hasTwice(nativeClients ?? []), "nativeClients: an app client stands twice"],
  ]),
  rule(["userPool", "nativeClients"], ({ userPool, nativeClients = [] }) =>
    nativeClients.map((id) => [
      !userPool.clientIds.includes(id),
      `nativeClients: ${id} is not one of userPool.clientIds`,
    ]),
  ),
  rule(["account", "clientSecretArn"], ({ account, clientSecretArn }) => [
    [
      clientSecretArn !== undefined && clientSecretArn.split(":")[4] !== account,
      "clientSecretArn: a secret of another account cannot be used",
    ],
  ]),
  rule(["secretReplicaRegions"], ({ secretReplicaRegions }) => [
    [hasTwice(secretReplicaRegions), "secretReplicaRegions: a Region stands twice"],
    [
      secretReplicaRegions.includes("us-east-1"),
      "secretReplicaRegions: us-east-1 holds the secret itself; name other Regions",
    ],
    [
      secretReplicaRegions.some((region) => OTHER_PARTITION.test(region)),
      "secretReplicaRegions: Regions in GovCloud, China or isolated ones are not in us-east-1's partition",
    ],
  ]),
  rule(["approval"], ({ approval: { emails, slack } }) => [
    [hasTwice(emails), "approval.emails: an address stands twice"],
    [hasTwice(slack.map(({ channelId }) => channelId)), "approval.slack: a channel stands twice"],
  ]),
  rule(["thresholds"], ({ thresholds }) => [[hasTwice(thresholds), "thresholds: a percentage stands twice"]]),
  rule(["alarms", "name"], ({ alarms: { prefixes }, name }) => [
    [
      hasTwice([`${name}-`, ...prefixes]),
      "alarms.prefixes: a prefix stands twice; alarms of ours start runs by themselves",
    ],
    ...prefixes.map((prefix): Finding => {
      const health = `health-${name}-`;
      const problem = `alarms.prefixes: "${prefix}" covers alarms on our own faults (${health}…), and a run started by one could only fail again`;
      return [health.startsWith(prefix) || prefix.startsWith(health), problem];
    }),
  ]),
  rule(["policy"], ({ policy: { score } }) => [
    [score.watch > score.ban, "policy.score.watch: must not be above policy.score.ban"],
  ]),
  rule(["egress"], ({ egress }) => coversAll("egress", egress)),
  rule(["allowList"], ({ allowList }) => coversAll("allowList", allowList)),
  rule(["RateLimit", "operationLimits"], ({ RateLimit, operationLimits }) =>
    Object.entries(operationLimits).map(([name, { limit, windowSeconds, action }]) => [
      action === "block" && windowSeconds <= 300 && limit >= RateLimit,
      `operationLimits.${name}: never acts, for RateLimit stops an address at ${RateLimit} requests of any kind in 300 seconds`,
    ]),
  ),
  rule(["operationLimits"], ({ operationLimits }) =>
    Object.entries(operationLimits).map(([name, { operations }]) => [
      hasTwice(operations),
      `operationLimits.${name}.operations: an operation stands twice`,
    ]),
  ),
  rule(["managedRuleGroups"], ({ managedRuleGroups }) =>
    Object.entries(managedRuleGroups).map(([door, groups]) => [
      hasTwice(groups.map(({ name }) => name)),
      `managedRuleGroups.${door}: a group stands twice`,
    ]),
  ),
  rule(["managedRuleGroups"], ({ managedRuleGroups }) =>
    Object.entries(managedRuleGroups).map(([door, groups]) => [
      managedCapacity(groups) > ROOM_FOR_GROUPS,
      `managedRuleGroups.${door}: these groups take ${managedCapacity(groups)} web ACL capacity units; there is room for ${ROOM_FOR_GROUPS}`,
    ]),
  ),
  rule(["managedRuleGroups", "poolProtection"], ({ managedRuleGroups, poolProtection }) => [
    [
      managedRuleGroups.pool.length > 0 && poolProtection !== "webAcl",
      "managedRuleGroups.pool: poolProtection makes no web ACL for the pool; add the groups to the one that it has",
    ],
  ]),
  rule(["gate", "poolProtection"], ({ gate, poolProtection }) => [
    [
      gate !== "off" && poolProtection === "none",
      "gate: poolProtection is none, so there is no rule to look for the gate",
    ],
  ]),
  rule(
    [
      "userPool",
      "secretReplicaRegions",
      "refreshStrategy",
      "clientAddress",
      "AdvancedSecurityEnabled",
      "finishSignIns",
      "allowedOrigins",
      "nativeClients",
    ],
    (fields) => edgeSettingProblems(fields).map((problem) => [true, problem]),
  ),
];

function coversAll(key: string, ranges: readonly string[]): Finding[] {
  const covers = (everything: string) => ranges.some((range) => isWithin(everything, range));
  const problem = (family: string) => `${key}: a range covers all of ${family}, so nothing could ever be banned`;
  return [
    [covers("0.0.0.0/0"), problem("IPv4")],
    [covers("::/0"), problem("IPv6")],
  ];
}

function isWithin(inner: string, outer: string): boolean {
  const [range, all] = [parseCidr(outer), parseCidr(inner)];
  return range !== null && all !== null && contains(range, all);
}

function hasTwice(values: readonly unknown[]): boolean {
  return new Set(values).size !== values.length;
}
