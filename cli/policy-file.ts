import { readPolicyDocument } from "../functions/detect/policy-document.ts";
import type { Policy } from "../functions/domain/policy.ts";
import { readJson } from "./documents.ts";

const POLICY_STEP = "`portcullis policy show --stated > policy.json` writes the policy in force to start from.";

/** Throws `UsageError` where it cannot be read, `InvalidInputError` with every problem of what it says. */
export function readPolicy(file: string): Policy {
  return readPolicyDocument(readJson({ what: "policy", file, step: POLICY_STEP }), file);
}
