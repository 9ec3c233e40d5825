/** Rules between the fields of a config, and what AWS or this version cannot do. */
import { contains, parseCidr } from "./cidr.ts";
import type { Deployment } from "./deployment.ts";
import { edgeSettingProblems } from "./edge-settings.ts";

/** Athena takes 1,024 characters as one execution parameter, the quotes included. */
const CLIENTS_IN_QUERY = 1022;
/** Parts of AWS that share neither accounts nor CloudFront with us-east-1. */
const OTHER_PARTITION = /^(us-gov|us-iso|cn|eusc)-/;

/** All that contradicts itself in a config whose fields are right one by one. */
export function contradictions(deployment: Deployment): string[] {
  const found = [
    ...poolRules(deployment),
    ...originRules(deployment),
    ...replicaRules(deployment),
    ...banRules(deployment),
  ];
  return [...found.filter(([isBroken]) => isBroken).map(([, problem]) => problem), ...edgeSettingProblems(deployment)];
}

type Rule = readonly [isBroken: boolean, problem: string];

function poolRules({ userPool, AdvancedSecurityEnabled, clientAddress }: Deployment): Rule[] {
  return [
    [
      OTHER_PARTITION.test(userPool.id),
      "userPool.id: pools in GovCloud, China or isolated Regions cannot be reached from us-east-1's partition",
    ],
    [hasTwice(userPool.clientIds), "userPool.clientIds: an app client stands twice"],
    [
      userPool.clientIds.join(",").length > CLIENTS_IN_QUERY,
      "userPool.clientIds: more app clients than an evidence query can name are not supported yet; about 37 fit",
    ],
    [
      AdvancedSecurityEnabled && clientAddress === "userContext",
      "clientAddress: AdvancedSecurityEnabled tells Cognito the viewer's address in another way; choose one of them",
    ],
  ];
}

function originRules({ userPool, allowedOrigins, nativeClients }: Deployment): Rule[] {
  const strangers = nativeClients?.filter((id) => !userPool.clientIds.includes(id)) ?? [];
  return [
    [hasTwice(allowedOrigins ?? []), "allowedOrigins: an origin stands twice"],
    [
      nativeClients !== undefined && !allowedOrigins,
      "nativeClients: means nothing without allowedOrigins, since every app client may then call from anywhere",
    ],
    [hasTwice(nativeClients ?? []), "nativeClients: an app client stands twice"],
    ...strangers.map((id): Rule => [true, `nativeClients: ${id} is not one of userPool.clientIds`]),
  ];
}

function replicaRules({ secretReplicaRegions }: Deployment): Rule[] {
  return [
    [hasTwice(secretReplicaRegions), "secretReplicaRegions: a Region stands twice"],
    [
      secretReplicaRegions.includes("us-east-1"),
      "secretReplicaRegions: us-east-1 holds the secret itself; name other Regions",
    ],
    [
      secretReplicaRegions.some((region) => OTHER_PARTITION.test(region)),
      "secretReplicaRegions: Regions in GovCloud, China or isolated ones are not in us-east-1's partition",
    ],
  ];
}

function banRules({ thresholds, policy, egress }: Deployment): Rule[] {
  const coversAll = (everything: string) => egress.some((range) => isWithin(everything, range));
  const problem = (family: string) => `egress: a range covers all of ${family}, so nothing could ever be banned`;
  return [
    [hasTwice(thresholds), "thresholds: a percentage stands twice"],
    [policy.score.watch > policy.score.ban, "policy.score.watch: must not be above policy.score.ban"],
    [coversAll("0.0.0.0/0"), problem("IPv4")],
    [coversAll("::/0"), problem("IPv6")],
  ];
}

function isWithin(inner: string, outer: string): boolean {
  const [range, all] = [parseCidr(outer), parseCidr(inner)];
  return range !== null && all !== null && contains(range, all);
}

function hasTwice(values: readonly unknown[]): boolean {
  return new Set(values).size !== values.length;
}
