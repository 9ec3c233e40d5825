import { Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement, type Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";

/** What a role may do, and on what. Wherever a `*` stands, `why` says what keeps it from being narrower. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly why?: string;
  /** Only items whose partition key begins with this. */
  readonly leadingKeys?: string;
}

export function allow(actions: readonly string[], resources: readonly string[], why?: string): Permission {
  return why === undefined ? { actions, resources } : { actions, resources, why };
}

/** A service that may take a role on behalf of this account only, not of whoever else asks it to (confused deputy). */
export function forThisAccount(scope: Construct, service: string): ServicePrincipal {
  return new ServicePrincipal(service, {
    conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account } },
  });
}

/** Writes the statements into the role's policy; a wildcard without a reason is left for cdk-nag to refuse. */
export function grantAll(role: Role, permissions: readonly Permission[]): void {
  for (const { actions, resources, why, leadingKeys } of permissions) {
    const statement = { effect: Effect.ALLOW, actions: [...actions], resources: [...resources] };
    role.addToPolicy(new PolicyStatement({ ...statement, ...conditionsOf(leadingKeys) }));
    if (why !== undefined) acknowledgeWildcards(role, resources, why);
  }
}

function conditionsOf(leadingKeys: string | undefined) {
  if (leadingKeys === undefined) return {};
  return { conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${leadingKeys}*`] } } };
}

export function acknowledgeWildcards(role: Role, resources: readonly string[], why: string): void {
  for (const resource of resources.filter((text) => text.includes("*")))
    acknowledge(role, { [`AwsSolutions-IAM5[Resource::${resource}]`]: why });
}
