import { defaultPolicy, type Policy } from "./policy.ts";

/** What a policy says beyond the defaults: the environment of a function holds 4 KB in all. */
export function policyDifference(policy: Policy): unknown {
  return difference(policy, defaultPolicy) ?? {};
}

function difference(value: unknown, base: unknown): unknown {
  if (!isRecord(value) || !isRecord(base)) return Object.is(value, base) ? undefined : value;
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const changed = difference(inner, base[key]);
    return changed === undefined ? [] : [[key, changed] as const];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
