/** The rules of a web ACL as the template has them: what they match and what they then do. */
import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../../functions/domain/errors.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import type { Inspection } from "../ports.ts";
import { createRateLimit } from "./rate-limit.ts";
import { compileStatement, type Matcher, type Passage, type Scope } from "./statement.ts";
import { nameSchema, onlyEntry, parsePart } from "./template-part.ts";

export type BlockAnswer = NonNullable<Inspection["response"]>;

export type RuleAction =
  | { readonly kind: "ALLOW" }
  | { readonly kind: "COUNT" }
  /** Without a custom answer WAF's plain one is given, which depends on the resource. */
  | { readonly kind: "BLOCK"; readonly custom: BlockAnswer | null };

/** What the log says of a rate-based rule that acted on a request. */
export interface RateHit {
  readonly rateBasedRuleId: string;
  readonly rateBasedRuleName: string;
  readonly limitKey: "IP";
  readonly maxRateAllowed: number;
  readonly evaluationWindowSec: string;
}

export interface Rule {
  readonly name: string;
  readonly priority: number;
  readonly type: "REGULAR" | "RATE_BASED";
  readonly action: RuleAction;
  /** In full, with the prefix of this web ACL. */
  readonly labels: readonly string[];
  /** Null where the template switches the rule's metrics off. */
  readonly metricName: string | null;
  readonly matches: (passage: Passage, now: Instant) => boolean;
  readonly rateHit: RateHit | null;
}

export const visibilitySchema = z.strictObject({
  CloudWatchMetricsEnabled: z.boolean(),
  SampledRequestsEnabled: z.boolean(),
  MetricName: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
});

const ruleSchema = z.strictObject({
  Name: nameSchema,
  Priority: z.number().int().min(0),
  Statement: z.unknown(),
  Action: z.unknown(),
  RuleLabels: z.array(z.strictObject({ Name: z.string().min(1) })).default([]),
  VisibilityConfig: visibilitySchema,
});

export type CustomBodies = Readonly<Record<string, { readonly ContentType: string; readonly Content: string }>>;
/** What a rule needs to know of the web ACL it stands in. */
export interface Surroundings extends Scope {
  readonly aclArn: string;
  readonly labelPrefix: string;
  readonly bodies: CustomBodies;
}

export function compileRule(document: unknown, path: string, around: Surroundings): Rule {
  const rule = parsePart(ruleSchema, document, path);
  const { CloudWatchMetricsEnabled, MetricName } = rule.VisibilityConfig;
  return {
    name: rule.Name,
    priority: rule.Priority,
    action: compileAction(rule.Action, `${path}.Action`, around.bodies),
    labels: rule.RuleLabels.map(({ Name }) => `${around.labelPrefix}${Name}`),
    metricName: CloudWatchMetricsEnabled ? MetricName : null,
    ...compileTop(rule.Name, rule.Statement, `${path}.Statement`, around),
  };
}

/** A rate-based statement may only stand at the top of a rule. */
function compileTop(name: string, statement: unknown, path: string, around: Surroundings) {
  const [kind, body] = onlyEntry(statement, path);
  if (kind === "RateBasedStatement") return compileRateBased(name, body, `${path}.${kind}`, around);
  return { type: "REGULAR", matches: compileStatement(statement, path, around), rateHit: null } as const;
}

const rateBased = z.strictObject({
  Limit: z.number().int().min(10).max(2_000_000_000),
  // An address that the caller can choose (FORWARDED_IP, CUSTOM_KEYS) is refused with every other value.
  AggregateKeyType: z.literal("IP"),
  EvaluationWindowSec: z.union([z.literal(60), z.literal(120), z.literal(300), z.literal(600)]).default(300),
  ScopeDownStatement: z.unknown().optional(),
});

function compileRateBased(name: string, body: unknown, path: string, around: Surroundings) {
  const { Limit, EvaluationWindowSec, ScopeDownStatement } = parsePart(rateBased, body, path);
  const counts: Matcher =
    ScopeDownStatement === undefined
      ? () => true
      : compileStatement(ScopeDownStatement, `${path}.ScopeDownStatement`, around);
  const limit = createRateLimit(Limit, EvaluationWindowSec);
  return {
    type: "RATE_BASED",
    matches: (passage: Passage, now: Instant) => counts(passage) && limit.isOver(passage.request.clientIp, now),
    rateHit: {
      rateBasedRuleId: `${around.aclArn}_rulename_${name}`,
      rateBasedRuleName: name,
      limitKey: "IP",
      maxRateAllowed: Limit,
      // A text in AWS's log examples, unlike the limit.
      evaluationWindowSec: String(EvaluationWindowSec),
    },
  } as const;
}

const customResponse = z.strictObject({
  ResponseCode: z.number().int().min(200).max(599),
  CustomResponseBodyKey: z.string().optional(),
  ResponseHeaders: z.array(z.strictObject({ Name: z.string(), Value: z.string() })).default([]),
});
const block = z.strictObject({ CustomResponse: customResponse.optional() });
const nothing = z.strictObject({});

/** Captcha and Challenge are refused: they work on GET of HTML pages only, never on this API. */
export function compileAction(action: unknown, path: string, bodies: CustomBodies): RuleAction {
  const [kind, body] = onlyEntry(action, path);
  switch (kind) {
    case "Allow":
      parsePart(nothing, body, `${path}.Allow`);
      return { kind: "ALLOW" };
    case "Count":
      parsePart(nothing, body, `${path}.Count`);
      return { kind: "COUNT" };
    case "Block": {
      const { CustomResponse } = parsePart(block, body, `${path}.Block`);
      return { kind: "BLOCK", custom: CustomResponse ? customAnswer(CustomResponse, path, bodies) : null };
    }
    default:
      throw new NotSupportedError(`${path}: the local WAF does not know the action ${kind}`);
  }
}

const contentTypes: Readonly<Record<string, string>> = {
  APPLICATION_JSON: "application/json",
  TEXT_HTML: "text/html",
  TEXT_PLAIN: "text/plain",
};

function customAnswer(custom: z.infer<typeof customResponse>, path: string, bodies: CustomBodies): BlockAnswer {
  const key = custom.CustomResponseBodyKey;
  const body = key === undefined ? undefined : bodies[key];
  if (key !== undefined && !body) throw new NotSupportedError(`${path}: the web ACL has no custom body "${key}"`);
  if (custom.ResponseHeaders.some(({ Name }) => Name.toLowerCase() === "content-type"))
    throw new InvalidInputError(path, ["WAF sets the content type from the custom body and refuses it as a header"]);
  const contentType = body && contentTypes[body.ContentType];
  return {
    status: custom.ResponseCode,
    headers: {
      ...(contentType ? { "content-type": contentType } : {}),
      ...Object.fromEntries(custom.ResponseHeaders.map(({ Name, Value }) => [Name.toLowerCase(), Value])),
    },
    body: body?.Content ?? "",
  };
}
