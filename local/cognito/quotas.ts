/** Which quota an operation uses, and the throttling once a second's allowance is spent. */
import { type Category, publicCategories } from "../../functions/domain/deployment.ts";
import { type Instant, SECOND } from "../../functions/domain/instant.ts";

/** Categories whose limits are not configured ("Quotas in Amazon Cognito", 2026). */
const otherLimits = {
  UserRead: 120,
  UserUpdate: 25,
  UserResourceUpdate: 25,
  UserPoolRead: 15,
  UserPoolClientRead: 15,
  UserPoolClientUpdate: 15,
  LimitManagement: 1,
} as const;
type QuotaCategory = Category | keyof typeof otherLimits;
export type QuotaLimits = Readonly<Record<Category, number>>;

const categories: Readonly<Record<QuotaCategory, readonly string[]>> = {
  UserAuthentication: [
    "InitiateAuth",
    "AdminInitiateAuth",
    "RespondToAuthChallenge",
    "AdminRespondToAuthChallenge",
    "GetTokensFromRefreshToken",
  ],
  UserCreation: ["SignUp", "ConfirmSignUp"],
  UserAccountRecovery: ["ForgotPassword", "ConfirmForgotPassword", "ChangePassword"],
  UserToken: ["RevokeToken"],
  UserRead: ["GetUser", "GetUserAuthFactors"],
  UserUpdate: [
    "UpdateUserAttributes",
    "DeleteUserAttributes",
    "VerifyUserAttribute",
    "DeleteUser",
    "GlobalSignOut",
    "SetUserSettings",
  ],
  UserResourceRead: ["ResendConfirmationCode", "GetUserAttributeVerificationCode", "GetDevice", "ListDevices"],
  // AWS does not name the category of replicas, which are new.
  UserPoolRead: ["DescribeUserPool", "ListUserPoolReplicas"],
  UserPoolClientRead: ["DescribeUserPoolClient", "ListUserPoolClients", "ListUserPoolClientSecrets"],
  // AWS does not name the one of these two, which are new.
  UserPoolClientUpdate: ["AddUserPoolClientSecret", "DeleteUserPoolClientSecret"],
  LimitManagement: ["GetProvisionedLimit"],
  // Where AWS names no category for an operation with a token, this one is taken.
  UserResourceUpdate: [],
};

function categoryOf(operation: string): QuotaCategory {
  for (const [category, operations] of Object.entries(categories))
    if (operations.includes(operation)) return category as QuotaCategory;
  return "UserResourceUpdate";
}

/** Challenges may be answered this many times as often, through either operation, before it counts into UserAuthentication. */
const CHALLENGE_ALLOWANCE = 3;

export interface Charge {
  /** The category whose `CallCount` the call raises; null while the challenges' own allowance pays for it. */
  readonly category: QuotaCategory | null;
  readonly throttled: boolean;
}

/** Calls of the running second, by category. AWS allows some burst beyond it, how much is not documented. */
export class Quotas {
  readonly #limits: QuotaLimits;
  #second = -1;
  #used = new Map<string, number>();

  constructor(limits: QuotaLimits = publicCategories) {
    this.#limits = limits;
  }

  charge(operation: string, now: Instant): Charge {
    const second = Math.floor(now / SECOND);
    if (second !== this.#second) {
      this.#second = second;
      this.#used = new Map();
    }
    const category = categoryOf(operation);
    const limit = { ...otherLimits, ...this.#limits }[category];
    const answers = operation.endsWith("RespondToAuthChallenge");
    if (answers && this.#use("challenges") <= CHALLENGE_ALLOWANCE * limit) return { category: null, throttled: false };
    return { category, throttled: this.#use(category) > limit };
  }

  #use(bucket: string): number {
    const used = (this.#used.get(bucket) ?? 0) + 1;
    this.#used.set(bucket, used);
    return used;
  }
}
