import { alarmsStartRuns, quotaAlarmsAreInThePoolsRegion, quotaAlarmsCountCalls } from "./alarms.ts";
import { edgeFunctionIsAllowedAtTheEdge } from "./edge.ts";
import { namesAreWithinLimits, templatesHoldNoSecret, whatIsIrreplaceableStays } from "./lasting.ts";
import { deliveriesAreInOrder, partitionsCoverTheDay, wafLogsAreRedacted } from "./logs.ts";
import type { Synthesis, TemplateRule } from "./synthesis.ts";
import {
  bothDoorsAreGuarded,
  edgeLogsTellTheAsn,
  liveSetsAreFrozen,
  nobodyIsChallenged,
  onlyListsLetPass,
  rateRulesCountAddresses,
  wafBoots,
  webAclsAreSmall,
} from "./web-acls.ts";
import {
  approvalNeedsNoPool,
  definitionsStandInTheTemplate,
  functionsAreDeployable,
  machinesMayDoWhatTheyDo,
  triggersMayStart,
  waitsEnd,
} from "./workflow.ts";

export const templateRules = {
  quotaAlarmsCountCalls,
  quotaAlarmsAreInThePoolsRegion,
  alarmsStartRuns,
  edgeFunctionIsAllowedAtTheEdge,
  partitionsCoverTheDay,
  deliveriesAreInOrder,
  wafLogsAreRedacted,
  wafBoots,
  webAclsAreSmall,
  nobodyIsChallenged,
  rateRulesCountAddresses,
  onlyListsLetPass,
  edgeLogsTellTheAsn,
  bothDoorsAreGuarded,
  liveSetsAreFrozen,
  definitionsStandInTheTemplate,
  waitsEnd,
  approvalNeedsNoPool,
  machinesMayDoWhatTheyDo,
  triggersMayStart,
  functionsAreDeployable,
  whatIsIrreplaceableStays,
  templatesHoldNoSecret,
  namesAreWithinLimits,
} satisfies Record<string, TemplateRule>;
export type RuleName = keyof typeof templateRules;

/** Every place where a synthesis breaks a rule, under the rule's name. */
export function brokenRules(synthesis: Synthesis): Partial<Record<RuleName, string[]>> {
  const found = Object.entries(templateRules).map(([name, rule]) => [name, rule(synthesis)] as const);
  return Object.fromEntries(found.filter(([, problems]) => problems.length > 0));
}
