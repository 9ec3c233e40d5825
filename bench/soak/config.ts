/** The deployment that is soaked: one set of each kind, and quotas so small that sixty calls a minute use half of one. */
import type { DeploymentInput } from "../../functions/domain/deployment.ts";
import type { Instant } from "../../functions/domain/instant.ts";

export const APP_CLIENT = "1soak23456789abcdefghijkl";
/** A public client of the same pool, by which a partner's server signs its customers in, round the distribution. */
export const PARTNER_CLIENT = "2partner3456789abcdefghijk";

const RPS = 2;

export const soakConfig: DeploymentInput = {
  name: "portcullis",
  account: "111122223333",
  userPool: { id: "eu-west-1_Soak00001", clientIds: [APP_CLIENT] },
  quotas: {
    UserAuthentication: RPS,
    UserCreation: RPS,
    UserAccountRecovery: RPS,
    UserToken: RPS,
    UserResourceRead: RPS,
  },
  mode: "enforce",
  approval: { emails: ["on-call@example.com"] },
  autoShards: { edge: { v4: 1, v6: 1 }, pool: { v4: 1, v6: 1 } },
};

/** A Monday, midnight. */
export const START: Instant = Date.UTC(2026, 10, 23);
