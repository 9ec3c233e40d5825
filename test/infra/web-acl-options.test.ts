/** What the config adds to the web ACLs, asked of the local WAF that runs on the template. */

import type { DeploymentInput } from "../../functions/domain/deployment.ts";
import { gatePattern } from "../../functions/domain/gate.ts";
import { SECOND } from "../../functions/domain/instant.ts";
import type { InspectedRequest } from "../../local/ports.ts";
import type { Assembly, Resource } from "../../local/template.ts";
import { createWaf } from "../../local/waf.ts";
import { handClock } from "../local/hand-clock.ts";
import { aRequest, NOON } from "../local/waf-builders.ts";
import { anAssembly, named, only, type Properties } from "./builders.ts";

const POOL = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Ab12Cd34E";
const CLIENT = "1example23456789abcdefghij";
const GATE = "AbCdEfGhIjKlMnOpQrStU-";

/** The templates' web ACLs; `filled` is what people and functions wrote into a set meanwhile. */
function waf(assembly: Assembly, filled: Readonly<Record<string, Record<string, unknown>>> = {}) {
  const clock = handClock(NOON);
  const records: Properties[] = [];
  const resources = assembly.resources.map((resource: Resource) => ({
    ...resource,
    properties: { ...resource.properties, ...(resource.type.startsWith("AWS::WAFv2::") ? filled[resource.name] : {}) },
  }));
  const world = { ...assembly, resources, ofType: (type: string) => resources.filter((each) => each.type === type) };
  const { webAcls } = createWaf({
    clock,
    assembly: world,
    logs: { waf: (_arn, record) => void records.push(record) },
    metrics: { put: () => undefined },
  });
  const distribution = only(assembly, "AWS::CloudFront::Distribution").arn;
  const at = (arn: string) => (request: Partial<InspectedRequest>) => webAcls.inspect(arn, aRequest(request));
  return { clock, records, edge: at(distribution), pool: at(POOL) };
}

function target(operation: string): Partial<InspectedRequest> {
  return { headers: [{ name: "x-amz-target", value: `AWSCognitoIdentityProviderService.${operation}` }] };
}

describe("limits of operations", () => {
  const assembly = anAssembly({
    RateLimit: 1000,
    operationLimits: {
      codes: { operations: ["SignUp", "ForgotPassword", "ResendConfirmationCode"], limit: 20 },
      refreshes: { operations: ["GetTokensFromRefreshToken"], limit: 10, windowSeconds: 60, action: "count" },
    },
  });

  test("stand behind RateLimit, each with its window", () => {
    const rules: Properties[] = only(assembly, "AWS::WAFv2::WebACL", "portcullis-edge").properties.Rules;
    expect(
      rules.slice(-3).map(({ Name, Statement }) => [Name, Statement.RateBasedStatement.EvaluationWindowSec]),
    ).toEqual([
      ["RateLimit", 300],
      ["RateLimit-codes", 300],
      ["RateLimit-refreshes", 60],
    ]);
    for (const { Statement } of rules.slice(-3)) expect(Statement.RateBasedStatement.AggregateKeyType).toBe("IP");
  });

  test("count an address's requests of all their operations together, and block only those", async () => {
    const { edge, clock } = waf(assembly);
    for (const operation of ["SignUp", "ForgotPassword", "ResendConfirmationCode"])
      for (let i = 0; i < 7; i += 1) edge(target(operation));
    await clock.pass(10 * SECOND);
    expect(edge(target("SignUp"))).toMatchObject({ action: "BLOCK", rule: "RateLimit-codes" });
    expect(edge(target("InitiateAuth")).action).toBe("ALLOW");
    expect(edge({ ...target("SignUp"), clientIp: "203.0.113.9" }).action).toBe("ALLOW");
  });

  test("only measure where they are told so", async () => {
    const { edge, clock, records } = waf(assembly);
    for (let i = 0; i < 11; i += 1) edge(target("GetTokensFromRefreshToken"));
    await clock.pass(10 * SECOND);
    expect(edge(target("GetTokensFromRefreshToken")).action).toBe("ALLOW");
    expect(records.at(-1)).toMatchObject({
      nonTerminatingMatchingRules: [{ ruleId: "RateLimit-refreshes" }],
      rateBasedRuleList: [{ rateBasedRuleName: "RateLimit-refreshes", maxRateAllowed: 10 }],
    });
  });
});

describe("the config's allow list", () => {
  const assembly = anAssembly({ allowList: ["192.0.2.0/25", "192.0.2.128/25", "2001:db8:7::/48"], RateLimit: 10 });

  test("is a set of its own, which CloudFormation keeps equal to the config; people's sets stay empty", () => {
    expect(named(assembly, "AWS::WAFv2::IPSet", "portcullis-config-allow-v4").properties.Addresses).toEqual([
      "192.0.2.0/24",
    ]);
    expect(named(assembly, "AWS::WAFv2::IPSet", "portcullis-config-allow-v6").properties.Addresses).toEqual([
      "2001:db8:7::/48",
    ]);
    expect(named(assembly, "AWS::WAFv2::IPSet", "portcullis-allow-v4").properties.Addresses).toEqual([]);
  });

  test("lets its addresses pass before any other rule, like people's own", async () => {
    const { edge, clock } = waf(assembly, {
      "portcullis-deny-v4": { Addresses: ["192.0.2.7/32"] },
      "portcullis-allow-v4": { Addresses: ["203.0.113.0/24"] },
    });
    for (let i = 0; i < 30; i += 1) edge({ clientIp: "192.0.2.7" });
    await clock.pass(10 * SECOND);
    for (const clientIp of ["192.0.2.7", "2001:db8:7:1::9", "203.0.113.7"])
      expect(edge({ clientIp })).toMatchObject({ action: "ALLOW", rule: "AllowList" });
  });

  test("is read by every function that plans or writes bans", () => {
    for (const id of ["plan", "apply", "sweep"]) {
      const { Environment } = named(assembly, "AWS::Lambda::Function", `portcullis-${id}`).properties;
      expect(JSON.parse(Environment.Variables.IP_SETS).edge.allow.v4).toContain("portcullis-config-allow-v4");
    }
  });
});

describe("the log", () => {
  test("carries the caller's autonomous system even where the first rule ends the passage", () => {
    const { edge, records } = waf(anAssembly({ allowList: ["198.51.100.0/24"] }));
    edge({ clientIp: "198.51.100.7", asn: 64_511 });
    expect(records.at(-1)).toMatchObject({ terminatingRuleId: "AllowList", clientAsn: 64_511 });
  });
});

describe("managed rule groups", () => {
  const assembly = anAssembly({
    managedRuleGroups: {
      edge: [
        { name: "AWSManagedRulesAmazonIpReputationList", action: "block" },
        { name: "AWSManagedRulesAnonymousIpList" },
      ],
      pool: [{ name: "AWSManagedRulesCommonRuleSet", action: "block" }],
    },
  });
  const rulesOf = (stack: string): Properties[] => only(assembly, "AWS::WAFv2::WebACL", stack).properties.Rules;

  test("only ever count by themselves, so none can answer by a challenge or a page", () => {
    const groups = ["portcullis-edge", "portcullis-pool"]
      .flatMap(rulesOf)
      .filter(({ Statement }) => Statement.ManagedRuleGroupStatement);
    expect(groups).toHaveLength(3);
    for (const group of groups) {
      expect(group.OverrideAction).toEqual({ Count: {} });
      expect(group).not.toHaveProperty("Action");
    }
  });

  test("where they block, a rule of ours does it in JSON, by the marks of those groups alone", () => {
    const rule = rulesOf("portcullis-edge").find(({ Name }) => Name === "Managed");
    expect(rule.Action.Block.CustomResponse).toMatchObject({ ResponseCode: 403, CustomResponseBodyKey: "Managed" });
    expect(rule.Statement.OrStatement.Statements.map((each: Properties) => each.LabelMatchStatement)).toEqual([
      { Scope: "LABEL", Key: "awswaf:managed:aws:amazon-ip-list:AWSManagedIPReputationList" },
      { Scope: "LABEL", Key: "awswaf:managed:aws:amazon-ip-list:AWSManagedReconnaissanceList" },
    ]);
    expect(rulesOf("portcullis-pool").find(({ Name }) => Name === "Managed").Statement.LabelMatchStatement).toEqual({
      Scope: "NAMESPACE",
      Key: "awswaf:managed:aws:core-rule-set:",
    });
  });

  test("stand in the log, and block nobody here", () => {
    const { edge, records } = waf(assembly);
    expect(edge({}).action).toBe("ALLOW");
    expect(records.at(-1).ruleGroupList.map(({ ruleGroupId }: Properties) => ruleGroupId)).toEqual([
      "AWS#AWSManagedRulesAmazonIpReputationList",
      "AWS#AWSManagedRulesAnonymousIpList",
    ]);
  });
});

describe("the gate", () => {
  const assembly = anAssembly({ gate: "block", allowList: ["192.0.2.0/24"] });
  const gates = {
    "portcullis-gates": { RegularExpressionList: [gatePattern(GATE), gatePattern(GATE.replace("A", "Z"))] },
  };
  const token = (gate: string) => `portcullis/1 (${gate}; id; SignUp; 198.51.100.7; -) app`;
  const call = (agent: string, header = "user-agent"): Partial<InspectedRequest> => ({
    headers: [
      { name: header, value: agent },
      { name: "x-amzn-cognito-operation-name", value: "SignUp" },
      { name: "x-amzn-cognito-client-id", value: CLIENT },
    ],
  });
  const without = (name: string): Partial<InspectedRequest> => ({
    headers: (call("direct").headers ?? []).filter((header) => header.name !== name),
  });
  const ofOthers: Partial<InspectedRequest> = {
    headers: [
      { name: "x-amzn-cognito-operation-name", value: "SignUp" },
      { name: "x-amzn-cognito-client-id", value: "9other9other9other9other99" },
    ],
  };

  test.each([
    { case: "a call with a valid gate", request: call(token(GATE)), rule: "Default_Action" },
    { case: "a call with the other valid gate", request: call(token(GATE.replace("A", "Z"))), rule: "Default_Action" },
    {
      case: "a call that has it in the SDK's header only",
      request: call(token(GATE), "x-amz-user-agent"),
      rule: "Default_Action",
    },
    { case: "a direct call", request: call("aws-sdk-js/3"), rule: "Gate" },
    { case: "a direct call without user agent", request: without("user-agent"), rule: "Gate" },
    { case: "a forged token", request: call(token("AAAAAAAAAAAAAAAAAAAAAA")), rule: "Gate" },
    { case: "a token that begins with a valid gate", request: call(`portcullis/1 (${GATE}x; `), rule: "Gate" },
    { case: "a valid token behind something else", request: call(`x ${token(GATE)}`), rule: "Gate" },
    {
      case: "managed login, which names no operation",
      request: without("x-amzn-cognito-operation-name"),
      rule: "Default_Action",
    },
    {
      case: "an operation with a token, which names no app client",
      request: without("x-amzn-cognito-client-id"),
      rule: "Default_Action",
    },
    { case: "an app client of others", request: ofOthers, rule: "Default_Action" },
    {
      case: "a back end on the allow list",
      request: { ...call("backend"), clientIp: "192.0.2.7" },
      rule: "Default_Action",
    },
  ])("$case ends at $rule", ({ request, rule }) => {
    expect(waf(assembly, gates).pool(request).rule).toBe(rule);
  });

  test("blocks no proxied call before anybody has written the gates", () => {
    expect(waf(assembly).pool(call(token(GATE))).rule).toBe("Default_Action");
    expect(waf(assembly).pool(call("aws-sdk-js/3")).rule).toBe("Gate");
  });

  test("a banned caller is denied even with a valid token", () => {
    const banned = { ...gates, "portcullis-pool-auto-v4-1": { Addresses: ["198.51.100.7/32"] } };
    expect(waf(assembly, banned).pool(call(token(GATE))).rule).toBe("DenyList");
  });

  test("counts first: the rule sees the same calls and lets them pass", () => {
    const { pool, records } = waf(anAssembly({ gate: "count" }), gates);
    expect(pool(call("aws-sdk-js/3")).action).toBe("ALLOW");
    expect(records.at(-1)).toMatchObject({ nonTerminatingMatchingRules: [{ ruleId: "Gate", action: "COUNT" }] });
  });

  test("stands in no template: the set asks for a token with any gate and is frozen", () => {
    const set = only(assembly, "AWS::WAFv2::RegexPatternSet");
    expect(set.properties).toEqual({
      Name: "portcullis-gates",
      Scope: "REGIONAL",
      RegularExpressionList: ["^portcullis/1 [(]"],
    });
    expect(set.region).toBe("eu-west-1");
  });
});

describe("a rule group for the web ACL that the pool already has", () => {
  const assembly = anAssembly({ poolProtection: "ruleGroup", gate: "count" });
  const group = only(assembly, "AWS::WAFv2::RuleGroup");

  test("holds the rules of the pool and touches neither the pool nor its web ACL", () => {
    expect(group.properties).toMatchObject({ Scope: "REGIONAL", Name: "portcullis-pool" });
    expect(group.properties.Rules.map(({ Name }: Properties) => Name)).toEqual(["DenyList", "Gate"]);
    expect(group.region).toBe("eu-west-1");
    expect(assembly.ofType("AWS::WAFv2::WebACL")).toHaveLength(1);
    expect(assembly.ofType("AWS::WAFv2::WebACLAssociation")).toEqual([]);
    expect(assembly.outputs.find(({ key }) => key === "PoolRuleGroupArn")?.value).toBe(group.arn);
  });

  test("never lets a request pass the rest of their web ACL: no rule of it allows", () => {
    for (const { Action } of group.properties.Rules) expect(Action).not.toHaveProperty("Allow");
  });

  test("has a capacity that no config changes, or CloudFormation would replace a group in use", () => {
    const clientIds = Array.from({ length: 37 }, (_, index) => `client${String(index).padStart(20, "0")}`);
    const largest: Partial<DeploymentInput> = {
      userPool: { id: "eu-west-1_Ab12Cd34E", clientIds },
      autoShards: { pool: { v4: 20, v6: 20 } },
      allowList: ["192.0.2.0/24", "2001:db8::/32"],
      poolProtection: "ruleGroup",
      gate: "block",
    };
    const large = anAssembly(largest);
    // The local WAF refuses a group whose rules need more than its capacity.
    expect(() => waf(large)).not.toThrow();
    expect(only(large, "AWS::WAFv2::RuleGroup").properties.Capacity).toBe(group.properties.Capacity);
  });
});
