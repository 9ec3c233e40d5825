/** Conditions of IAM statements: the operators that our templates use, and no others. */
import * as z from "zod";

const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const operators = ["StringEquals", "StringLike", "ArnEquals", "ArnLike"] as const;
const operator = z.templateLiteral([z.enum(["", "ForAllValues:", "ForAnyValue:"]), z.enum(operators)]);

/** A statement with an operator that is not known here is refused at boot rather than misread. */
export const conditionSchema = z.record(z.string(), z.record(z.string(), list)).superRefine((condition, context) => {
  for (const name of Object.keys(condition))
    if (!operator.safeParse(name).success)
      context.addIssue({ code: "custom", message: `the condition operator ${name} is not known here` });
});
type Condition = z.infer<typeof conditionSchema>;

/** What a call tells of itself, by condition key. A key that is not there has no value. */
export type ConditionValues = Readonly<Record<string, readonly string[]>>;

/**
 * As IAM does: all operators and keys have to agree. Without a value a condition is not fulfilled, except for
 * `ForAllValues`, which no value can break.
 */
export function isFulfilled(condition: Condition, values: ConditionValues, isLike: IsLike): boolean {
  return Object.entries(condition).every(([name, keys]) =>
    Object.entries(keys).every(([key, patterns]) => {
      const isExact = name.endsWith("Equals");
      const matches = (value: string) =>
        patterns.some((pattern) => (isExact ? value === pattern : isLike(value, pattern)));
      const present = values[key] ?? [];
      if (name.startsWith("ForAllValues:")) return present.every(matches);
      return present.some(matches);
    }),
  );
}
type IsLike = (text: string, pattern: string) => boolean;
