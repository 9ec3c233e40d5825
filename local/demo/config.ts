/** The deployment that the demo pretends to be: small quotas and short bans, so that the whole story fits a minute. */
import type { Mode } from "../../functions/domain/ban.ts";
import type { DeploymentInput } from "../../functions/domain/deployment.ts";

/** Requests per second of every category: few enough that one machine can be the attack. */
export const DEMO_QUOTA_RPS = 5;
export const DEMO_BAN_MINUTES = 10;

export function demoConfig(mode: Mode): DeploymentInput {
  return {
    name: "portcullis",
    account: "111122223333",
    userPool: { id: "eu-west-1_Demo00001", clientIds: ["1demo23456789abcdefghijklm"] },
    quotas: {
      UserAuthentication: DEMO_QUOTA_RPS,
      UserCreation: DEMO_QUOTA_RPS,
      UserAccountRecovery: DEMO_QUOTA_RPS,
      UserToken: DEMO_QUOTA_RPS,
      UserResourceRead: DEMO_QUOTA_RPS,
    },
    mode,
    approval: { emails: ["on-call@example.com"] },
    // AWS lets five sets a second be read, so each sweep over the default's nine would stop the racing clock for long.
    autoShards: { edge: { v4: 1, v6: 1 }, pool: { v4: 1, v6: 1 } },
    policy: {
      ban: { handsOffMinutes: DEMO_BAN_MINUTES, approvedMinutes: DEMO_BAN_MINUTES, jitter: 0 },
    },
  };
}
