/**
 * The policy by which is judged and banned: the one that a person has set at run time, else the deployed one.
 *
 * Read     at each invocation, so that what is set holds from the next one on, without a deployment.
 * Fallback a document that cannot be read or used (a hand in the table, a version of ours that knows more keys than
 *          this one) leaves the deployed policy in force, never none; the sweep measures it and an alarm tells people.
 * Set      onto the version that was looked at: of two people one is told that the other was faster.
 */
import * as z from "zod";

import { readPolicyDocument } from "../detect/policy-document.ts";
import type { DecisionRecord } from "../domain/decision.ts";
import { ConflictError } from "../domain/errors.ts";
import { toIso } from "../domain/instant.ts";
import type { Policy } from "../domain/policy.ts";
import { policyDifference } from "../domain/policy-difference.ts";
import type { ControlStore, Journal, PolicyStore, Timing } from "./ports.ts";

export interface PolicyInForce {
  readonly policy: Policy;
  /** `config`: as deployed. `set`: by a person, at run time. */
  readonly origin: "config" | "set";
  /** 0 until somebody has set one. */
  readonly version: number;
  /** Who set it last, or went back to the deployed one; null until somebody has. */
  readonly by: string | null;
  readonly at: string | null;
  /** Why what was set is not in force. */
  readonly problem: string | null;
}

const settingSchema = z.object({
  /** What differs from the defaults; null for the deployed policy. */
  policy: z.unknown(),
  by: z.string(),
  at: z.string(),
});

/** `deployed` is what the config says. Fails only where the ledger cannot be read. */
export async function policyInForce(
  { policies }: { readonly policies: Pick<PolicyStore, "getPolicy"> },
  deployed: Policy,
): Promise<PolicyInForce> {
  const { version, text } = await policies.getPolicy();
  const config = { policy: deployed, origin: "config" as const, version, by: null, at: null, problem: null };
  if (text === null) return config;
  try {
    const { policy: document, by, at } = settingSchema.parse(JSON.parse(text));
    const said = { version, by, at, problem: null };
    if (document === null || document === undefined) return { ...config, ...said };
    return { ...said, policy: readPolicyDocument(document, `The policy of version ${version}`), origin: "set" };
  } catch (error) {
    return { ...config, problem: error instanceof Error ? error.message : "it cannot be read" };
  }
}

export interface SetPolicyPorts {
  readonly policies: PolicyStore;
  readonly control: Pick<ControlStore, "record">;
  readonly timing: Pick<Timing, "now">;
  readonly journal: Journal;
}

export interface NewPolicy {
  /** Null goes back to the deployed one. */
  readonly policy: Policy | null;
  /** The version that was looked at. */
  readonly after: number;
  readonly by: string;
  /** What changes, in words for the record. */
  readonly why: string;
}

/** Returns the new version. Throws `ConflictError` if another one was set since `after`. */
export async function setPolicy(ports: SetPolicyPorts, { policy, after, by, why }: NewPolicy): Promise<number> {
  const at = toIso(ports.timing.now());
  const version = after + 1;
  const text = JSON.stringify({ policy: policy && policyDifference(policy), by, at });
  if (!(await ports.policies.putPolicy({ version, text })))
    throw new ConflictError("Somebody else has set a policy meanwhile; look again with `portcullis policy show`.");
  const record: DecisionRecord = { event: "policy.changed", at, id: `policy:${version}`, by, why, facts: { version } };
  await ports.control.record(record);
  ports.journal(record);
  return version;
}
