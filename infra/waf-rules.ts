/** The pieces that rules of both web ACLs are made of. */
import type { CfnIPSet, CfnWebACL } from "aws-cdk-lib/aws-wafv2";

type Statement = CfnWebACL.StatementProperty;
const asIs = [{ priority: 0, type: "NONE" }];

/**
 * Answers of Block rules, as every Cognito SDK parses them. WAF sets the content type from `contentType` and
 * refuses a header of that name, so it is application/json and not Cognito's application/x-amz-json-1.1.
 */
export const blockBodies = {
  Denied: cognitoError("Request blocked: this address is on the deny list."),
  Invalid: cognitoError("Request blocked: not a call of the user pool's public API."),
  TooMany: cognitoError("Request blocked: too many requests from this address."),
} satisfies Record<string, CfnWebACL.CustomResponseBodyProperty>;

function cognitoError(message: string): CfnWebACL.CustomResponseBodyProperty {
  return {
    contentType: "APPLICATION_JSON",
    content: JSON.stringify({ __type: "ForbiddenException", message }),
  };
}

/** 403 with a JSON body that web pages of any origin may read: a blocked browser sees why instead of a CORS error. */
export function block(body: keyof typeof blockBodies): CfnWebACL.RuleActionProperty {
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

export function anyOf(sets: readonly CfnIPSet[]): Statement {
  const statements = sets.map((set) => ({ ipSetReferenceStatement: { arn: set.attrArn } }));
  const [only] = statements;
  return statements.length === 1 && only ? only : { orStatement: { statements } };
}

export function methodIs(method: string): Statement {
  return {
    byteMatchStatement: {
      fieldToMatch: { method: {} },
      positionalConstraint: "EXACTLY",
      searchString: method,
      textTransformations: asIs,
    },
  };
}

export function headerStartsWith(header: string, text: string): Statement {
  return {
    byteMatchStatement: {
      // `Name` in capitals: the type is `any`, and CloudFormation refuses the lower-case key only at deployment.
      fieldToMatch: { singleHeader: { Name: header } },
      positionalConstraint: "STARTS_WITH",
      searchString: text,
      textTransformations: asIs,
    },
  };
}

export function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}

/** Rules in the order in which WAF asks them; the first that matches and ends the evaluation wins. */
export function inOrder(rules: readonly Omit<CfnWebACL.RuleProperty, "priority" | "visibilityConfig">[]) {
  return rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(rule.name) }));
}
