/** A policy as a list of numbers, each under the path by which a document states it, those of all detections included. */
import * as z from "zod";

import { overrideNames } from "../functions/detect/detection.ts";
import { detections } from "../functions/detect/detections/index.ts";
import { defaultPolicy, type Policy, policySchema } from "../functions/domain/policy.ts";

export interface PolicyValue {
  readonly path: string;
  readonly value: number;
  readonly default: number;
  readonly means: string;
}

export interface PolicyChange extends Omit<PolicyValue, "value"> {
  readonly from: number;
  readonly to: number;
}

export function policyValues(policy: Policy): PolicyValue[] {
  const { detections: overridden, ...rest } = policy;
  return [...documentValues(rest), ...detections.flatMap((detection) => detectionValues(detection, overridden))];
}

/** What is another number in `to` than in `from`; a default that is stated is no change. */
export function policyChanges(from: Policy, to: Policy): PolicyChange[] {
  const before = new Map(policyValues(from).map(({ path, value }) => [path, value]));
  return policyValues(to).flatMap(({ value, ...rest }) => {
    const old = before.get(rest.path) ?? value;
    return old === value ? [] : [{ ...rest, from: old, to: value }];
  });
}

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
}

function documentValues(policy: object): PolicyValue[] {
  const schema = z.toJSONSchema(policySchema, { io: "input" }) as Described;
  const below = (path: readonly string[], value: unknown, usual: unknown, described?: Described): PolicyValue[] => {
    if (typeof value === "number")
      return [{ path: path.join("."), value, default: Number(usual), means: described?.description ?? "" }];
    return Object.entries(value ?? {}).flatMap(([key, inner]) =>
      below([...path, key], inner, memberOf(usual, key), described?.properties?.[key]),
    );
  };
  return below([], policy, defaultPolicy, schema);
}

function memberOf(value: unknown, key: string): unknown {
  return Object.entries(value ?? {}).find(([name]) => name === key)?.[1];
}

function detectionValues(detection: (typeof detections)[number], overridden: Policy["detections"]): PolicyValue[] {
  const stated = overridden[detection.id] ?? {};
  const numberAt = (name: string, usual: number, means: string) => {
    const path = `detections.${detection.id}.${name}`;
    return { path, value: stated[name] ?? usual, default: usual, means };
  };
  return [
    ...Object.entries(detection.thresholds).flatMap(([name, { short, slow, meaning }]) =>
      overrideNames(detection, name).map((own) =>
        own === name ? numberAt(own, short, meaning) : numberAt(own, slow, `${meaning}, in the slow window`),
      ),
    ),
    numberAt("weight", detection.weight, "share of the score that it is worth at most"),
  ];
}
