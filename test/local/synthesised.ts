import { synthesise } from "../../local/synth.ts";
import { type Assembly, readAssembly } from "../../local/template.ts";

export const ACCOUNT = "111122223333";
export const POOL_ID = "eu-west-1_Ab12Cd34E";

/** The templates of one small deployment: a sign-in quota of 5 a second, a rate limit of 20. Made once, then cached. */
export async function synthesisedAssembly(): Promise<Assembly> {
  const folder = await synthesise({
    account: ACCOUNT,
    userPool: { id: POOL_ID, clientIds: ["1example23456789abcdefghij"] },
    quotas: { UserAuthentication: 5 },
    RateLimit: 20,
  });
  return readAssembly(folder);
}
