/** Web ACL capacity units of a statement, as "AWS WAF web ACL capacity units (WCU)" and each statement's page count them. */

import { NotSupportedError } from "../../functions/domain/errors.ts";
import { managedRuleGroups } from "../../functions/domain/managed-rule-groups.ts";
import { onlyEntry } from "./template-part.ts";

/** AWS refuses a web ACL beyond this. */
export const LARGEST_CAPACITY = 5_000;

/** The capacity of a rule group that the statement refers to. */
type GroupCapacity = (arn: string) => number;
type Document = Readonly<Record<string, unknown>>;

const TRANSFORMATION = 10;
const CUSTOM_KEY = 30;

export function capacityOf(statement: unknown, groupCapacity: GroupCapacity): number {
  const [kind, body] = onlyEntry(statement, "Statement");
  const count = costs[kind];
  if (!count) throw new NotSupportedError(`the capacity of ${kind} is not known`);
  return count(body as Document, groupCapacity);
}

const costs: Readonly<Record<string, (body: Document, groupCapacity: GroupCapacity) => number>> = {
  IPSetReferenceStatement: () => 1,
  AsnMatchStatement: () => 1,
  LabelMatchStatement: () => 1,
  SizeConstraintStatement: (body) => 1 + transformationsOf(body),
  ByteMatchStatement: (body) =>
    (String(body["PositionalConstraint"]).startsWith("CONTAINS") ? 10 : 2) + transformationsOf(body),
  RegexMatchStatement: (body) => 3 + transformationsOf(body),
  RegexPatternSetReferenceStatement: (body) => 25 + transformationsOf(body),
  AndStatement: sumOf,
  OrStatement: sumOf,
  NotStatement: (body, groupCapacity) => capacityOf(body["Statement"], groupCapacity),
  RateBasedStatement: (body, groupCapacity) =>
    2 +
    CUSTOM_KEY * listOf(body["CustomKeys"]).length +
    (body["ScopeDownStatement"] === undefined ? 0 : capacityOf(body["ScopeDownStatement"], groupCapacity)),
  ManagedRuleGroupStatement: (body) => managedCapacity(String(body["Name"])),
  RuleGroupReferenceStatement: (body, groupCapacity) => groupCapacity(String(body["Arn"])),
};

function sumOf(body: Document, groupCapacity: GroupCapacity): number {
  return listOf(body["Statements"]).reduce<number>((sum, each) => sum + capacityOf(each, groupCapacity), 0);
}

function managedCapacity(name: string): number {
  const group = managedRuleGroups.find((each) => each.name === name);
  if (!group) throw new NotSupportedError(`the capacity of the managed rule group ${name} is not known`);
  return group.capacity;
}

function transformationsOf(body: Document): number {
  const isCharged = (each: unknown) => (each as Document)["Type"] !== "NONE";
  return TRANSFORMATION * listOf(body["TextTransformations"]).filter(isCharged).length;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
