/** A policy as somebody wrote it. */
import { InvalidInputError } from "../domain/errors.ts";
import { type Policy, policySchema } from "../domain/policy.ts";
import { overrideProblems } from "./detection.ts";
import { detections } from "./detections/index.ts";

/** Throws `InvalidInputError` with every problem at once; `what` names the document. */
export function readPolicyDocument(document: unknown, what: string): Policy {
  const parsed = policySchema.safeParse(document);
  const shape = parsed.error?.issues.map(
    ({ path, message }) => `${path.map(String).join(".") || "all of it"}: ${message}`,
  );
  const problems = [
    ...(shape ?? []),
    ...detectionProblems(document),
    ...(parsed.data ? contradictions(parsed.data) : []),
  ];
  if (!parsed.success || problems.length > 0) throw new InvalidInputError(`${what} is no policy`, problems);
  return parsed.data;
}

/** Also of a document whose other parts are wrong: who mends it shall not be told of one mistake after the other. */
function detectionProblems(document: unknown): string[] {
  const given =
    typeof document === "object" && document !== null && "detections" in document ? document.detections : {};
  const parsed = policySchema.shape.detections.safeParse(given);
  return parsed.success ? overrideProblems(detections, parsed.data) : [];
}

function contradictions({ score, ban }: Policy): string[] {
  const found: string[] = [];
  if (score.watch > score.ban)
    found.push(`score.watch: ${score.watch} is more than score.ban, ${score.ban}: nobody would ever be watched`);
  for (const name of ["handsOffMinutes", "approvedMinutes"] as const)
    if (ban[name] > ban.capMinutes)
      found.push(`ban.${name}: ${ban[name]} is more than the longest ban, ban.capMinutes ${ban.capMinutes}`);
  return found;
}
