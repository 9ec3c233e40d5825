import type { Resource } from "../../../local/template.ts";
import { capacityOf } from "../../../local/waf/capacity.ts";
import { createWaf } from "../../../local/waf.ts";
import type { Properties } from "../builders.ts";
import type { Synthesis, TemplateRule } from "./synthesis.ts";

/** Beyond this a web ACL costs more per request. */
const FREE_CAPACITY = 1_500;
/** "AWS WAF quotas": IP sets of an account and Region, other deployments' included. */
const MOST_SETS = 100;

/** Trap 18 and all that AWS WAF refuses: the local WAF boots from the templates and refuses the same. */
export const wafBoots: TemplateRule = ({ assembly }) => {
  try {
    createWaf({ clock: { now: () => 0 }, assembly, logs: { waf: () => {} }, metrics: { put: () => {} } });
    return [];
  } catch (error) {
    return [String(error)];
  }
};

export const webAclsAreSmall: TemplateRule = ({ assembly }) => {
  const groupCapacity = (arn: string) =>
    Number(assembly.ofType("AWS::WAFv2::RuleGroup").find((group) => group.arn === arn)?.properties["Capacity"]);
  const sums = assembly.ofType("AWS::WAFv2::WebACL").map((acl) => {
    const units = rulesOf(acl).map(({ Statement }) => capacityOf(Statement, groupCapacity));
    return { name: acl.name, sum: units.reduce((total, each) => total + each, 0) };
  });
  const sets = assembly.stacks.map(
    ({ name }) => assembly.ofType("AWS::WAFv2::IPSet").filter(({ stack }) => stack === name).length,
  );
  return [
    ...sums.filter(({ sum }) => sum > FREE_CAPACITY).map(({ name, sum }) => `${name} needs ${sum} capacity units`),
    ...sets.filter((count) => count > MOST_SETS).map((count) => `${count} IP sets in one stack`),
  ];
};

/** Trap 14: no client of this API can answer a challenge; a group of AWS's only counts, since some of its rules challenge. */
export const nobodyIsChallenged: TemplateRule = ({ assembly }) =>
  rulesOfAll(assembly).flatMap(({ Name, Action, OverrideAction, Statement }) => [
    ...["Challenge", "Captcha"].filter((kind) => kind in (Action ?? {})).map((kind) => `${Name}: ${kind}`),
    ...(Statement.ManagedRuleGroupStatement && !OverrideAction?.Count ? [`${Name}: the group may challenge`] : []),
  ]);

/** Trap 22: a rate rule with a key of its own does not see requests that leave the key out. Trap 8: no forwarded address. */
export const rateRulesCountAddresses: TemplateRule = ({ assembly }) =>
  rulesOfAll(assembly).flatMap(({ Name, Statement: { RateBasedStatement: rate } }) =>
    rate && (rate.AggregateKeyType !== "IP" || rate.CustomKeys) ? [`${Name}: counts by ${rate.AggregateKeyType}`] : [],
  );

/** Trap 13: an Allow ends the evaluation, rate rules included. Only lists that people keep may do that. */
export const onlyListsLetPass: TemplateRule = ({ assembly }) =>
  rulesOfAll(assembly)
    .filter(({ Name, Action }) => Action?.Allow && !/Allow/.test(Name))
    .map(({ Name }) => `${Name} lets requests past all later rules`);

/** Trap 21: without a rule that asks for it, and is asked first, logs lack the autonomous system. */
export const edgeLogsTellTheAsn: TemplateRule = ({ assembly }) =>
  assembly
    .ofType("AWS::WAFv2::WebACL")
    .filter(({ properties }) => properties["Scope"] === "CLOUDFRONT")
    .flatMap((acl) => {
      const [first] = rulesOf(acl).sort((one, other) => one.Priority - other.Priority);
      return first?.Statement.AsnMatchStatement && first.Action.Count
        ? []
        : [`${acl.name}: the first rule asks for no ASN`];
    });

/** Trap 2: the distribution's web ACL does not stop who goes round it; the pool has the deny list as well, unless the config says no. */
export const bothDoorsAreGuarded: TemplateRule = ({ assembly }) => {
  const { properties } = assembly.ofType("AWS::CloudFront::Distribution")[0] as Resource;
  const associated = assembly.ofType("AWS::WAFv2::WebACLAssociation").map((each) => each.properties["WebACLArn"]);
  const regional = assembly.ofType("AWS::WAFv2::WebACL").filter(({ properties: { Scope } }) => Scope === "REGIONAL");
  return [
    ...((properties as Properties).DistributionConfig.WebACLId ? [] : ["the distribution has no web ACL"]),
    ...regional.filter(({ arn }) => !associated.includes(arn)).map(({ name }) => `${name} protects nothing`),
  ];
};

/** Trap 11: CloudFormation empties a set that it updates, so a live set holds nothing that could ever change. */
export const liveSetsAreFrozen: TemplateRule = ({ assembly }) => [
  ...assembly
    .ofType("AWS::WAFv2::IPSet")
    .filter(({ name }) => !name.includes("-config-allow"))
    .filter(({ properties }) => Object.keys(properties).sort().join() !== "Addresses,IPAddressVersion,Name,Scope")
    .map(({ name, properties }) => `${name} has ${Object.keys(properties).join()}`),
  ...assembly
    .ofType("AWS::WAFv2::IPSet")
    .filter(
      ({ name, properties }) => !name.includes("-config-allow") && (properties as Properties).Addresses.length > 0,
    )
    .map(({ name }) => `${name} holds addresses in the template`),
  ...assembly
    .ofType("AWS::WAFv2::RegexPatternSet")
    .filter(({ properties }) => Object.keys(properties).sort().join() !== "Name,RegularExpressionList,Scope")
    .map(({ name, properties }) => `${name} has ${Object.keys(properties).join()}`),
];

function rulesOfAll(assembly: Synthesis["assembly"]): Properties[] {
  return [...assembly.ofType("AWS::WAFv2::WebACL"), ...assembly.ofType("AWS::WAFv2::RuleGroup")].flatMap(rulesOf);
}

function rulesOf({ properties }: Pick<Resource, "properties">): Properties[] {
  return [...(properties as Properties).Rules];
}
