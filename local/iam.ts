/**
 * IAM: the role policies of the templates, enforced on every call that a function or a state machine makes. A
 * permission that infra/ forgets fails here as it would on AWS; one that is too wide is for review to find.
 */
import * as z from "zod";

import { NotSupportedError } from "../functions/domain/errors.ts";
import { AwsError } from "./aws-wire.ts";
import { conditionSchema, isFulfilled } from "./iam-condition.ts";
import type { Permission } from "./ports.ts";
import type { Assembly, Resource } from "./template.ts";

export interface Iam {
  /** The access key id under which calls of a role arrive. */
  keyOf(roleArn: string): string;
  /** The role whose key this is; null for the operator, who may do everything. */
  roleOf(accessKeyId: string): string | null;
  /** Throws AccessDenied unless the caller may do all of it. */
  authorizeKey(accessKeyId: string, needs: readonly Permission[]): void;
  authorizeRole(roleArn: string, needs: readonly Permission[]): void;
  /** Everything that the roles are allowed, and whether any call has needed it so far. */
  grants(): Grant[];
}

/** One action on one resource, as a policy grants it. */
export interface Grant {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly isUsed: boolean;
}

const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Action: list,
  Resource: list,
  Condition: conditionSchema.optional(),
});
type Statement = z.infer<typeof statementSchema>;
const documentSchema = z.object({
  Statement: z.union([statementSchema.transform((one) => [one]), z.array(statementSchema)]),
});

const PREFIX = "role.";

/** What people may do, by name: they come to the account's API with a role of their own, which no template has. */
export type People = Readonly<Record<string, unknown>>;

/** @param people Policy documents; who is not named here works as the operator, who may do everything. */
export function createIam(assembly: Assembly, people: People = {}): Iam {
  const roles = new Map([
    ...assembly.ofType("AWS::IAM::Role").map((role): [string, Statement[]] => [role.arn, statementsOf(role, assembly)]),
    ...Object.entries(people).map(([name, document]): [string, Statement[]] => [
      personArn(name, assembly),
      documentSchema.parse(document).Statement,
    ]),
  ]);
  const keys = new Map([...roles.keys()].map((arn) => [keyOf(arn), arn]));
  const used = new Set<string>();

  function authorizeRole(roleArn: string, needs: readonly Permission[]): void {
    const statements = roles.get(roleArn);
    if (!statements) throw denied(`${roleArn} is no role of the templates`);
    for (const need of needs) {
      if (!isAllowed(statements, need)) throw denied(describeDenial(roleArn, need));
      for (const grant of grantsFor(need, statements)) used.add(keyOfGrant(roleArn, grant));
    }
  }

  return {
    keyOf,
    roleOf: (accessKeyId) => keys.get(accessKeyId) ?? null,
    authorizeRole,
    grants: () =>
      [...roles].flatMap(([role, statements]) =>
        grantsOf(statements).map((grant) => ({ role, ...grant, isUsed: used.has(keyOfGrant(role, grant)) })),
      ),
    authorizeKey(accessKeyId, needs) {
      if (!accessKeyId.startsWith(PREFIX)) return;
      const role = keys.get(accessKeyId);
      if (!role)
        throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.");
      authorizeRole(role, needs);
    },
  };
}

function personArn(name: string, { stacks }: Assembly): string {
  return `arn:aws:iam::${stacks[0]?.account}:role/${name}`;
}

function keyOf(roleArn: string): string {
  return PREFIX + (roleArn.split("role/").at(-1) ?? "").replaceAll("/", ".");
}

function denied(message: string): AwsError {
  return new AwsError("AccessDeniedException", message, { status: 403 });
}

/** AWS's sentence, down to the reason. */
function describeDenial(roleArn: string, { action, resource }: Permission): string {
  const on = resource === null ? "" : ` on resource: ${resource}`;
  return `User: ${roleArn} is not authorized to perform: ${action}${on} because no identity-based policy allows the ${action} action`;
}

function statementsOf(role: Resource, assembly: Assembly): Statement[] {
  const inline = z
    .array(z.object({ PolicyDocument: z.unknown() }))
    .default([])
    .parse(role.properties.Policies);
  const attached = ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"]
    .flatMap((type) => assembly.ofType(type))
    .filter((policy) => policy.stack === role.stack && namesRole(policy, role));
  for (const arn of z.array(z.string()).default([]).parse(role.properties.ManagedPolicyArns))
    refuseUnknown(arn, assembly, role);
  const documents = [
    ...inline.map((policy) => policy.PolicyDocument),
    ...attached.map((policy) => policy.properties.PolicyDocument),
  ];
  return documents.flatMap((document) => documentSchema.parse(document).Statement);
}

function namesRole(policy: Resource, role: Resource): boolean {
  return Array.isArray(policy.properties.Roles) && policy.properties.Roles.includes(role.name);
}

/** What AWS's own policies allow is written nowhere in the template; the one for logs grants nothing that is called here. */
function refuseUnknown(arn: string, assembly: Assembly, role: Resource): void {
  const known = arn.endsWith(":policy/service-role/AWSLambdaBasicExecutionRole");
  if (!known && !assembly.ofType("AWS::IAM::ManagedPolicy").some((policy) => policy.arn === arn))
    throw new NotSupportedError(
      `${role.name}: the local world does not know what ${arn} allows; write the statements out`,
    );
}

function isAllowed(statements: readonly Statement[], need: Permission): boolean {
  const matching = statements.filter((statement) => matches(statement, need));
  return matching.some(({ Effect }) => Effect === "Allow") && !matching.some(({ Effect }) => Effect === "Deny");
}

type Pair = Pick<Grant, "action" | "resource">;

function grantsOf(statements: readonly Statement[]): Pair[] {
  return statements
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action, Resource }) => Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))));
}

/** Where the resource is not known, it may be any that the action is allowed on. */
function grantsFor(need: Permission, statements: readonly Statement[]): Pair[] {
  return grantsOf(statements.filter((statement) => matches(statement, need))).filter(
    ({ action, resource }) =>
      isLike(need.action.toLowerCase(), action.toLowerCase()) &&
      (need.resource === null || isLike(need.resource, resource)),
  );
}

function keyOfGrant(role: string, { action, resource }: Pair): string {
  return JSON.stringify([role, action.toLowerCase(), resource]);
}

/** Where only the action is known, a Deny that is bound to resources does not count: it may be meant for another one. */
function matches(statement: Statement, { action, resource, values = {} }: Permission): boolean {
  if (!statement.Action.some((pattern) => isLike(action.toLowerCase(), pattern.toLowerCase()))) return false;
  if (statement.Condition && !isFulfilled(statement.Condition, values, isLike)) return false;
  if (resource === null) return statement.Effect === "Allow" || statement.Resource.includes("*");
  return statement.Resource.some((pattern) => isLike(resource, pattern));
}

/** IAM's wildcards: `*` any text, `?` one character. Matched without a regular expression, so no pattern can be slow. */
export function isLike(text: string, pattern: string): boolean {
  let textAt = 0;
  let patternAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (textAt < text.length) {
    const wanted = pattern[patternAt];
    if (wanted === "*") {
      starAt = patternAt++;
      resumeAt = textAt;
    } else if (wanted === "?" || wanted === text[textAt]) {
      patternAt++;
      textAt++;
    } else if (starAt >= 0) {
      patternAt = starAt + 1;
      textAt = ++resumeAt;
    } else {
      return false;
    }
  }
  return [...pattern.slice(patternAt)].every((rest) => rest === "*");
}
