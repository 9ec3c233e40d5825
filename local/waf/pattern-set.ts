/** Sets of regular expressions as WAFv2 keeps them: what may stand in one, and the lock token. */
import { randomUUID } from "node:crypto";

import { AwsError } from "../aws-wire.ts";
import { invalidParameter, staleToken, type WafScope } from "./ip-set.ts";

/** "AWS WAF quotas": both fixed. */
const MOST_PATTERNS = 10;
const LONGEST_PATTERN = 200;

interface Identity {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly scope: WafScope;
  readonly region: string;
}

export interface PatternSet extends Identity {
  readonly description: string | undefined;
  readonly lockToken: string;
  readonly patterns: readonly string[];
  matches(text: string): boolean;
  /** Replaces description and patterns whole, and the lock token with them. */
  replace(patterns: readonly string[], description: string | undefined, lockToken: string): void;
}

export function createPatternSet(
  identity: Identity,
  given: { readonly patterns: readonly string[]; readonly description?: string | undefined },
): PatternSet {
  let expressions = compile(given.patterns);
  let { patterns, description } = given;
  let lockToken: string = randomUUID();
  return {
    ...identity,
    get description() {
      return description;
    },
    get lockToken() {
      return lockToken;
    },
    get patterns() {
      return patterns;
    },
    matches: (text) => expressions.some((expression) => expression.test(text)),
    replace(next, text, token) {
      const compiled = compile(next);
      if (token !== lockToken) throw staleToken();
      expressions = compiled;
      patterns = [...next];
      description = text;
      lockToken = randomUUID();
    },
  };
}

function compile(patterns: readonly string[]): RegExp[] {
  if (patterns.length > MOST_PATTERNS)
    throw new AwsError(
      "WAFLimitsExceededException",
      "AWS WAF couldn’t perform the operation because you exceeded your resource limit.",
    );
  return patterns.map((pattern) => {
    if (pattern === "" || pattern.length > LONGEST_PATTERN) throw invalidParameter("REGEX_PATTERN", pattern);
    return expressionOf(pattern);
  });
}

/** WAF takes a part of PCRE; what our patterns use of it means the same here. */
function expressionOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    throw new AwsError(
      "WAFInvalidParameterException",
      `Error reason: The regex pattern is not valid, parameter: ${pattern}`,
    );
  }
}
