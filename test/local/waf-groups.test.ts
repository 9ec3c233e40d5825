/** Rule groups, sets of patterns, autonomous systems and capacity, as "AWS WAF Developer Guide" tells of them. */
import { SECOND } from "../../functions/domain/instant.ts";
import type { Resource } from "../../local/template.ts";
import { capacityOf } from "../../local/waf/capacity.ts";
import { ACCOUNT, aResource } from "./hand-assembly.ts";
import { aLoggingConfiguration, anIpSet, aRule, aWebAcl, setArn, visibility, wafOver } from "./waf-builders.ts";

const NONE = [{ Priority: 0, Type: "NONE" }];
const header = (Name: string) => ({ SingleHeader: { Name } });
const inSet = (name: string) => ({ IPSetReferenceStatement: { Arn: setArn(name) } });
const always = {
  SizeConstraintStatement: {
    FieldToMatch: { Method: {} },
    ComparisonOperator: "GT",
    Size: 0,
    TextTransformations: NONE,
  },
};
const label = (Key: string, Scope = "LABEL") => ({ LabelMatchStatement: { Scope, Key } });
const count = { Action: { Count: {} } };

const GROUP_ARN = `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/rulegroup/group/id-of-group`;
function aGroup(rules: readonly unknown[], properties: Record<string, unknown> = {}): Resource {
  return aResource({
    type: "AWS::WAFv2::RuleGroup",
    logicalId: "Group",
    arn: GROUP_ARN,
    properties: {
      Name: "group",
      Scope: "CLOUDFRONT",
      Capacity: 50,
      Rules: rules,
      VisibilityConfig: visibility("group"),
      ...properties,
    },
  });
}
function reference(
  override: "None" | "Count",
  priority = 0,
  statement: unknown = { RuleGroupReferenceStatement: { Arn: GROUP_ARN } },
) {
  const { Action, ...rule } = aRule("Group", priority, statement);
  return { ...rule, OverrideAction: { [override]: {} } };
}

describe("a rule group", () => {
  const group = aGroup([
    aRule("Mark", 0, always, { ...count, RuleLabels: [{ Name: "seen" }] }),
    aRule("Deny", 1, inSet("deny")),
  ]);
  const deny = anIpSet("deny", ["198.51.100.7/32"]);

  test("ends the passage by the action of its own rule; the log names the rule and the group", () => {
    const waf = wafOver([deny, group, aWebAcl([reference("None")]), aLoggingConfiguration()]);
    expect(waf.inspect()).toMatchObject({ action: "BLOCK", rule: "Group" });
    expect(waf.records[0]).toMatchObject({
      terminatingRuleId: "Group",
      terminatingRuleType: "GROUP",
      ruleGroupList: [
        {
          ruleGroupId: GROUP_ARN,
          terminatingRule: { ruleId: "Deny", action: "BLOCK" },
          nonTerminatingMatchingRules: [{ ruleId: "Mark", action: "COUNT" }],
        },
      ],
    });
    expect(waf.inspect({ clientIp: "203.0.113.1" })).toMatchObject({ action: "ALLOW", rule: "Default_Action" });
  });

  test("overridden to Count only counts, and the next rule is asked", () => {
    const waf = wafOver([deny, group, aWebAcl([reference("Count")]), aLoggingConfiguration()]);
    expect(waf.inspect()).toMatchObject({ action: "ALLOW", rule: "Default_Action" });
    expect(waf.records[0]).toMatchObject({ nonTerminatingMatchingRules: [{ ruleId: "Group", action: "COUNT" }] });
    expect(waf.data.map(({ name, dimensions }) => `${name} ${dimensions["Rule"]}`)).toContain("CountedRequests Group");
  });

  test.each([
    { case: "with its prefix", key: `awswaf:${ACCOUNT}:rulegroup:group:seen`, scope: "LABEL", rule: "Act" },
    { case: "by its namespace", key: `awswaf:${ACCOUNT}:rulegroup:group:`, scope: "NAMESPACE", rule: "Act" },
    {
      case: "not by its name alone, which means a label of the web ACL",
      key: "seen",
      scope: "LABEL",
      rule: "Default_Action",
    },
  ])("gives labels that the web ACL finds $case", ({ key, scope, rule }) => {
    const acl = aWebAcl([reference("None"), aRule("Act", 1, label(key, scope))]);
    expect(wafOver([deny, group, acl]).inspect({ clientIp: "203.0.113.1" }).rule).toBe(rule);
  });

  test.each([
    {
      case: "that needs more than it has",
      group: aGroup([aRule("A", 0, always), aRule("B", 1, always)], { Capacity: 1 }),
      says: /the rules need 2, the group has 1/,
    },
    { case: "within a group", group: aGroup([reference("None")]), says: /cannot refer to another|RuleGroupReference/ },
    {
      case: "of another scope",
      group: aGroup([aRule("Deny", 0, always)], { Scope: "REGIONAL" }),
      says: /another scope/,
    },
  ])("the boot stops at a group $case", ({ group: wrong, says }) => {
    expect(() => wafOver([wrong, aWebAcl([reference("None")])])).toThrow(says);
  });

  test("a rule with a group has no action of its own, one without has no override", () => {
    const withAction = { ...reference("None"), Action: { Block: {} } };
    expect(() => wafOver([group, deny, aWebAcl([withAction])])).toThrow(/Action/);
    expect(() => wafOver([aWebAcl([{ ...aRule("Plain", 0, always), OverrideAction: { None: {} } }])])).toThrow(
      /OverrideAction/,
    );
  });
});

describe("a managed rule group", () => {
  const managed = (Name: string) => reference("Count", 0, { ManagedRuleGroupStatement: { VendorName: "AWS", Name } });

  test("matches nothing here, but stands in the log as on AWS", () => {
    const waf = wafOver([aWebAcl([managed("AWSManagedRulesCommonRuleSet")]), aLoggingConfiguration()]);
    expect(waf.inspect().rule).toBe("Default_Action");
    expect(waf.records[0]).toMatchObject({
      ruleGroupList: [{ ruleGroupId: "AWS#AWSManagedRulesCommonRuleSet", terminatingRule: null }],
    });
  });

  test("that is not known stops the boot", () => {
    expect(() => wafOver([aWebAcl([managed("AWSManagedRulesBotControlRuleSet")])])).toThrow(/BotControl/);
  });
});

describe("a set of patterns", () => {
  const patterns = (RegularExpressionList: readonly string[]) =>
    aResource({
      type: "AWS::WAFv2::RegexPatternSet",
      logicalId: "patterns",
      arn: `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/regexpatternset/patterns/id-of-patterns`,
      properties: { Name: "patterns", Scope: "CLOUDFRONT", RegularExpressionList },
    });
  const matching = {
    RegexPatternSetReferenceStatement: {
      Arn: patterns([]).arn,
      FieldToMatch: header("user-agent"),
      TextTransformations: NONE,
    },
  };
  const agent = (value: string) => ({ headers: [{ name: "User-Agent", value }] });

  test("matches if any of its patterns does; a request without the header matches none", () => {
    const waf = wafOver([patterns(["^a[(]1", "^b"]), aWebAcl([aRule("Match", 0, matching)])]);
    expect(["a(1)", "bb", "xb", "a1"].map((value) => waf.inspect(agent(value)).rule)).toEqual([
      "Match",
      "Match",
      "Default_Action",
      "Default_Action",
    ]);
    expect(waf.inspect({ headers: [] }).rule).toBe("Default_Action");
  });

  test.each([
    { case: "no expression", list: ["("], says: /not valid/ },
    { case: "longer than 200 characters", list: ["a".repeat(201)], says: /REGEX_PATTERN/ },
    { case: "one of eleven", list: Array.from({ length: 11 }, (_, index) => `a${index}`), says: /limit/ },
  ])("the boot stops at a pattern that is $case", ({ list, says }) => {
    expect(() => wafOver([patterns(list)])).toThrow(says);
  });
});

describe("an autonomous system", () => {
  const asks = (...AsnList: number[]) => aRule("Asn", 0, { AsnMatchStatement: { AsnList } }, count);

  test("matches by its number", () => {
    const waf = wafOver([aWebAcl([aRule("Asn", 0, { AsnMatchStatement: { AsnList: [64_496, 64_497] } })])]);
    expect(waf.inspect({ asn: 64_497 }).action).toBe("BLOCK");
    expect(waf.inspect({ asn: 64_498 }).action).toBe("ALLOW");
    expect(waf.inspect().action).toBe("ALLOW");
  });

  test("stands in the log only where a rule asks for one, whatever the rule finds", () => {
    const asked = wafOver([aWebAcl([asks(64_496)]), aLoggingConfiguration()]);
    const silent = wafOver([aWebAcl([]), aLoggingConfiguration()]);
    for (const waf of [asked, silent]) waf.inspect({ asn: 64_511 });
    expect(asked.records[0]).toMatchObject({ clientAsn: 64_511 });
    expect(silent.records[0]).not.toHaveProperty("clientAsn");
  });
});

describe("rate rules", () => {
  const limit = (only: unknown, window = 60) => ({
    RateBasedStatement: { Limit: 10, AggregateKeyType: "IP", EvaluationWindowSec: window, ScopeDownStatement: only },
  });
  const target = (operation: string) => ({
    ByteMatchStatement: {
      FieldToMatch: header("x-amz-target"),
      PositionalConstraint: "EXACTLY",
      SearchString: `AWSCognitoIdentityProviderService.${operation}`,
      TextTransformations: NONE,
    },
  });
  const call = (operation: string) => ({
    headers: [{ name: "x-amz-target", value: `AWSCognitoIdentityProviderService.${operation}` }],
  });

  test("side by side count each its own requests and leave the others alone", async () => {
    const waf = wafOver([
      aWebAcl([aRule("SignUps", 0, limit(target("SignUp"))), aRule("Codes", 1, limit(target("ForgotPassword"), 600))]),
    ]);
    for (let i = 0; i < 11; i += 1) waf.inspect(call("SignUp"));
    for (let i = 0; i < 10; i += 1) waf.inspect(call("ForgotPassword"));
    await waf.clock.pass(10 * SECOND);
    expect(waf.inspect(call("SignUp"))).toMatchObject({ action: "BLOCK", rule: "SignUps" });
    expect(waf.inspect(call("ForgotPassword")).action).toBe("ALLOW");
    expect(waf.inspect(call("InitiateAuth")).action).toBe("ALLOW");
  });

  test("with a key of the request's own are refused: who leaves the key out is not counted", () => {
    const keyed = {
      RateBasedStatement: { Limit: 10, AggregateKeyType: "CUSTOM_KEYS", CustomKeys: [{ Header: { Name: "x" } }] },
    };
    expect(() => wafOver([aWebAcl([aRule("Keyed", 0, keyed)])])).toThrow(/AggregateKeyType|CustomKeys/);
  });

  test("are ten at most in a web ACL", () => {
    const rules = (many: number) =>
      Array.from({ length: many }, (_, index) => aRule(`R${index}`, index, limit(always)));
    expect(() => wafOver([aWebAcl(rules(10))])).not.toThrow();
    expect(() => wafOver([aWebAcl(rules(11))])).toThrow(/at most 10 rate-based rules/);
  });
});

describe("capacity units", () => {
  const bytes = (PositionalConstraint: string, Type = "NONE") => ({
    ByteMatchStatement: {
      FieldToMatch: header("x"),
      PositionalConstraint,
      SearchString: "x",
      TextTransformations: [{ Priority: 0, Type }],
    },
  });

  test.each([
    { case: "an IP set", statement: inSet("deny"), units: 1 },
    { case: "an exact text", statement: bytes("EXACTLY"), units: 2 },
    { case: "a text anywhere", statement: bytes("CONTAINS"), units: 10 },
    { case: "a transformation", statement: bytes("EXACTLY", "LOWERCASE"), units: 12 },
    {
      case: "And, Or and Not, which cost what they hold",
      statement: { NotStatement: { Statement: { OrStatement: { Statements: [always, inSet("a")] } } } },
      units: 2,
    },
    { case: "a rate limit", statement: { RateBasedStatement: { Limit: 10, AggregateKeyType: "IP" } }, units: 2 },
    {
      case: "a rate limit by a key",
      statement: { RateBasedStatement: { CustomKeys: [{ IP: {} }], ScopeDownStatement: bytes("EXACTLY") } },
      units: 34,
    },
    {
      case: "a managed group",
      statement: { ManagedRuleGroupStatement: { VendorName: "AWS", Name: "AWSManagedRulesCommonRuleSet" } },
      units: 700,
    },
    {
      case: "a group, which costs its whole capacity",
      statement: { RuleGroupReferenceStatement: { Arn: GROUP_ARN } },
      units: 300,
    },
  ])("of $case", ({ statement, units }) => {
    expect(capacityOf(statement, () => 300)).toBe(units);
  });

  test("beyond 5,000 the boot stops", () => {
    const rules = Array.from({ length: 51 }, (_, index) => aRule(`R${index}`, index, bytes("CONTAINS", "LOWERCASE")));
    const many = { OrStatement: { Statements: Array.from({ length: 10 }, () => bytes("CONTAINS")) } };
    expect(() => wafOver([aWebAcl(rules.map((rule) => ({ ...rule, Statement: many })))])).toThrow(
      /5100 capacity units/,
    );
  });
});
