/** Which calls of a window use the quota that a run is about, and whose they are: bans take these away. Pure. */
import { ALL_CATEGORIES, type Category } from "../domain/deployment.ts";
import type { Source } from "../domain/source.ts";
import type { ProfileReading, Tally } from "./profiles.ts";

/** As queries/coverage.sql has it. Answers to challenges have an allowance of their own. */
export const quotaCategories: Readonly<Record<string, Category>> = {
  InitiateAuth: "UserAuthentication",
  GetTokensFromRefreshToken: "UserAuthentication",
  SignUp: "UserCreation",
  ConfirmSignUp: "UserCreation",
  ForgotPassword: "UserAccountRecovery",
  ConfirmForgotPassword: "UserAccountRecovery",
  ChangePassword: "UserAccountRecovery",
  RevokeToken: "UserToken",
  ResendConfirmationCode: "UserResourceRead",
  GetUserAttributeVerificationCode: "UserResourceRead",
  GetDevice: "UserResourceRead",
  ListDevices: "UserResourceRead",
};

export interface QuotaUse {
  readonly total: number;
  of(source: Source): number;
}

/** What a rule blocked used no quota. A range is counted as a whole, and so is what the query's limit cut off. */
export function quotaUseIn({ profiles, groups, remainder }: ProfileReading, category: string): QuotaUse {
  const bySource = new Map<Source, number>();
  for (const group of groups) bySource.set(group.source, reached(group));
  let total = remainder.calls;
  for (const { source, operations } of profiles) {
    const calls = operations
      .filter(({ operation }) => isIn(operation, category))
      .reduce((sum, tally) => sum + reached(tally), 0);
    bySource.set(source, calls);
    total += calls;
  }
  return { total, of: (source) => bySource.get(source) ?? 0 };
}

function isIn(operation: string, category: string): boolean {
  const own = quotaCategories[operation];
  return own !== undefined && (category === ALL_CATEGORIES || own === category);
}

function reached({ calls, blocked }: Tally): number {
  return calls - blocked;
}
