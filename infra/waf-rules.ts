/** The pieces that rules of both web ACLs are made of. */
import type { CfnIPSet, CfnRegexPatternSet, CfnWebACL } from "aws-cdk-lib/aws-wafv2";

export type Statement = CfnWebACL.StatementProperty;
/** A rule without its place and its metric, which follow from the list it stands in. */
export type Rule = Omit<CfnWebACL.RuleProperty, "priority" | "visibilityConfig">;
const asIs = [{ priority: 0, type: "NONE" }];

/**
 * Answers of Block rules, as every Cognito SDK parses them. WAF sets the content type from `contentType` and
 * refuses a header of that name, so it is application/json and not Cognito's application/x-amz-json-1.1.
 */
const bodies = {
  Denied: cognitoError("Request blocked: this address is on the deny list."),
  Invalid: cognitoError("Request blocked: not a call of the user pool's public API."),
  TooMany: cognitoError("Request blocked: too many requests from this address."),
  Managed: cognitoError("Request blocked: it matches a managed rule."),
  Ungated: cognitoError("Request blocked: this app client is called through its own endpoint."),
} satisfies Record<string, CfnWebACL.CustomResponseBodyProperty>;

type Body = keyof typeof bodies;

/** Only the bodies that rules may refer to, each under its name. */
export function blockBodies(...names: Body[]): Record<string, CfnWebACL.CustomResponseBodyProperty> {
  return Object.fromEntries(names.map((name) => [name, bodies[name]]));
}

function cognitoError(message: string): CfnWebACL.CustomResponseBodyProperty {
  return {
    contentType: "APPLICATION_JSON",
    content: JSON.stringify({ __type: "ForbiddenException", message }),
  };
}

/** 403 with a JSON body that web pages of any origin may read: a blocked browser sees why instead of a CORS error. */
export function block(body: Body): CfnWebACL.RuleActionProperty {
  return {
    block: {
      customResponse: {
        responseCode: 403,
        customResponseBodyKey: body,
        responseHeaders: [
          { name: "access-control-allow-origin", value: "*" },
          { name: "cache-control", value: "no-store" },
        ],
      },
    },
  };
}

export function inSets(sets: readonly CfnIPSet[]): Statement {
  return anyOf(sets.map((set) => ({ ipSetReferenceStatement: { arn: set.attrArn } })));
}

/** AWS WAF refuses an Or of one. */
export function anyOf(statements: Statement[]): Statement {
  const [only] = statements;
  return statements.length === 1 && only ? only : { orStatement: { statements } };
}

export function allOf(...statements: Statement[]): Statement {
  return { andStatement: { statements } };
}

export function not(statement: Statement): Statement {
  return { notStatement: { statement } };
}

export function methodIs(method: string): Statement {
  return byteMatch({ method: {} }, "EXACTLY", method);
}

export function headerIs(header: string, text: string): Statement {
  return byteMatch(singleHeader(header), "EXACTLY", text);
}

export function headerStartsWith(header: string, text: string): Statement {
  return byteMatch(singleHeader(header), "STARTS_WITH", text);
}

export function headerExists(header: string): Statement {
  return {
    sizeConstraintStatement: {
      fieldToMatch: singleHeader(header),
      comparisonOperator: "GT",
      size: 0,
      textTransformations: asIs,
    },
  };
}

export function headerMatches(header: string, patterns: CfnRegexPatternSet): Statement {
  return {
    regexPatternSetReferenceStatement: {
      arn: patterns.attrArn,
      fieldToMatch: singleHeader(header),
      textTransformations: asIs,
    },
  };
}

function byteMatch(fieldToMatch: CfnWebACL.FieldToMatchProperty, positionalConstraint: string, searchString: string) {
  return { byteMatchStatement: { fieldToMatch, positionalConstraint, searchString, textTransformations: asIs } };
}

/** `Name` in capitals: the type is `any`, and CloudFormation refuses the lower-case key only at deployment. */
function singleHeader(header: string): CfnWebACL.FieldToMatchProperty {
  return { singleHeader: { Name: header } };
}

export function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}

/** Rules in the order in which WAF asks them; the first that matches and ends the evaluation wins. */
export function inOrder(rules: readonly Rule[]) {
  return rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(rule.name) }));
}
