/** What the config says of the two web ACLs: lists, limits and groups of rules beside the original three. */
import * as z from "zod";

import { parseCidr } from "./cidr.ts";
import { managedGroupProblem, managedRuleGroups } from "./managed-rule-groups.ts";
import { publicOperations } from "./public-operations.ts";

export const cidr = z.string().refine((text) => parseCidr(text) !== null, "is neither an address nor a CIDR");

export const rateLimit = z.int().min(10).max(2_000_000_000);

const operation = z.enum(publicOperations, {
  error: ({ input }) => `${String(input)} is no operation of the public API`,
});

const operationLimit = z.strictObject({
  operations: z.array(operation).min(1).max(10).describe("Operations whose requests are counted together"),
  limit: rateLimit.describe("Requests of one address in the window before the rule acts"),
  windowSeconds: z
    .literal([60, 120, 300, 600])
    .default(300)
    .describe("How far back AWS WAF counts; it looks about every ten seconds"),
  action: z
    .enum(["block", "count"])
    .default("block")
    .describe("`count` only measures, in the rule's metric and in the logs"),
});

/** AWS WAF takes ten rate-based rules in a web ACL, and RateLimit is one of them. */
const MOST_LIMITS = 9;

export const operationLimitsSchema = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,30}$/, "must be letters and digits, 31 at most"), operationLimit)
  .refine((limits) => Object.keys(limits).length <= MOST_LIMITS, `AWS WAF takes no more than ${MOST_LIMITS}`)
  .default({})
  .describe(
    "Further rate rules beside `RateLimit`, each for some operations, under a name of your own: the rule is called `RateLimit-<name>`",
  );

function groupsOf(door: "edge" | "pool") {
  const name = z.string().superRefine((text, context) => {
    const message = managedGroupProblem(text, door);
    if (message) context.addIssue({ code: "custom", message });
  });
  const usable = managedRuleGroups.filter(({ fitsPool }) => door === "edge" || fitsPool).map((group) => group.name);
  return z
    .array(
      z.strictObject({
        name: name.meta({ description: "Name of the AWS managed rule group", enum: usable }),
        action: z
          .enum(["count", "block"])
          .default("count")
          .describe("`count` marks matches in the logs; `block` answers them as the deny list does"),
      }),
    )
    .default([]);
}

export const managedRuleGroupsSchema = z
  .strictObject({
    edge: groupsOf("edge").describe("On the distribution's web ACL"),
    pool: groupsOf("pool").describe(
      "On the user pool's web ACL; never groups that judge addresses, for it sees CloudFront's",
    ),
  })
  .prefault({})
  .describe("Groups of rules that AWS keeps. Each is charged by AWS per request beside the web ACL");
