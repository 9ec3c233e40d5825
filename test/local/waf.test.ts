import { SECOND } from "../../functions/domain/instant.ts";
import { ACCOUNT, aResource } from "./hand-assembly.ts";
import {
  ACL_ARN,
  aLoggingConfiguration,
  anIpSet,
  aRule,
  aWebAcl,
  POOL,
  POOL_ACL_ARN,
  setArn,
  visibility,
  wafOver,
} from "./waf-builders.ts";

const NONE = [{ Priority: 0, Type: "NONE" }];
const LOWERCASE = [{ Priority: 0, Type: "LOWERCASE" }];
const target = { SingleHeader: { Name: "x-amz-target" } };

const inSet = (name: string) => ({ IPSetReferenceStatement: { Arn: setArn(name) } });
const startsWith = (text: string, field: unknown = target, transformations: unknown = NONE) => ({
  ByteMatchStatement: {
    SearchString: text,
    FieldToMatch: field,
    PositionalConstraint: "STARTS_WITH",
    TextTransformations: transformations,
  },
});

describe("rules", () => {
  test("go by priority, not by their order in the template, and the first that ends the passage wins", () => {
    const waf = wafOver([
      anIpSet("allow", ["198.51.100.7/32"]),
      anIpSet("deny", ["198.51.100.0/24"]),
      aWebAcl([aRule("Deny", 1, inSet("deny")), aRule("Allow", 0, inSet("allow"), { Action: { Allow: {} } })]),
    ]);
    expect(waf.inspect({ clientIp: "198.51.100.7" })).toMatchObject({ action: "ALLOW", rule: "Allow" });
    expect(waf.inspect({ clientIp: "198.51.100.8" })).toMatchObject({ action: "BLOCK", rule: "Deny" });
    expect(waf.inspect({ clientIp: "203.0.113.1" })).toMatchObject({ action: "ALLOW", rule: "Default_Action" });
  });

  test("an IPv6 set matches by its ranges, however the caller's address is written", () => {
    const waf = wafOver([
      anIpSet("deny", ["2001:db8:1:2::/64"], { IPAddressVersion: "IPV6" }),
      aWebAcl([aRule("Deny", 0, inSet("deny"))]),
    ]);
    expect(waf.inspect({ clientIp: "2001:0DB8:1:2:0:0:0:9" }).action).toBe("BLOCK");
    expect(waf.inspect({ clientIp: "2001:db8:1:3::9" }).action).toBe("ALLOW");
  });

  test("Count goes on to the next rule and its label can be matched there", () => {
    const waf = wafOver([
      aWebAcl([
        aRule("Mark", 0, startsWith("AWSCognito"), { Action: { Count: {} }, RuleLabels: [{ Name: "cognito" }] }),
        aRule("Act", 1, { LabelMatchStatement: { Scope: "LABEL", Key: "cognito" } }),
      ]),
      aLoggingConfiguration(),
    ]);
    expect(waf.inspect().rule).toBe("Act");
    expect(waf.records[0]).toMatchObject({
      nonTerminatingMatchingRules: [{ ruleId: "Mark", action: "COUNT" }],
      labels: [{ name: `awswaf:${ACCOUNT}:webacl:edge:cognito` }],
    });
  });

  test.each([
    { case: "a header's name is found whatever its case", statement: startsWith("AWSCognito"), action: "BLOCK" },
    { case: "a value keeps its case without transformation", statement: startsWith("awscognito"), action: "ALLOW" },
    { case: "LOWERCASE acts on the request", statement: startsWith("awscognito", target, LOWERCASE), action: "BLOCK" },
    {
      case: "LOWERCASE does not act on the search string",
      statement: startsWith("AWSCognito", target, LOWERCASE),
      action: "ALLOW",
    },
    { case: "the method", statement: startsWith("POST", { Method: {} }), action: "BLOCK" },
    { case: "the path", statement: startsWith("/", { UriPath: {} }), action: "BLOCK" },
    { case: "Not", statement: { NotStatement: { Statement: startsWith("GET", { Method: {} }) } }, action: "BLOCK" },
    {
      case: "And",
      statement: {
        AndStatement: { Statements: [startsWith("POST", { Method: {} }), startsWith("nothing")] },
      },
      action: "ALLOW",
    },
    {
      case: "Or",
      statement: { OrStatement: { Statements: [startsWith("POST", { Method: {} }), startsWith("nothing")] } },
      action: "BLOCK",
    },
    {
      case: "a size",
      statement: {
        SizeConstraintStatement: {
          FieldToMatch: target,
          ComparisonOperator: "GT",
          Size: 20,
          TextTransformations: NONE,
        },
      },
      action: "BLOCK",
    },
    {
      case: "a missing header does not match",
      statement: {
        SizeConstraintStatement: {
          FieldToMatch: { SingleHeader: { Name: "absent" } },
          ComparisonOperator: "LT",
          Size: 20,
          TextTransformations: NONE,
        },
      },
      action: "ALLOW",
    },
    {
      case: "a regular expression",
      statement: {
        RegexMatchStatement: { RegexString: "\\.InitiateAuth$", FieldToMatch: target, TextTransformations: NONE },
      },
      action: "BLOCK",
    },
    { case: "an AS never", statement: { AsnMatchStatement: { AsnList: [64496] } }, action: "ALLOW" },
  ])("statement: $case", ({ statement, action }) => {
    expect(wafOver([aWebAcl([aRule("Rule", 0, statement)])]).inspect().action).toBe(action);
  });

  test.each([
    { case: "a statement it does not know", statement: { GeoMatchStatement: {} }, says: /Rules\[0\].Statement.*Geo/ },
    {
      case: "SingleHeader with the lower-case name that CDK lets pass",
      statement: startsWith("x", { SingleHeader: { name: "x-amz-target" } }),
      says: /Rules\[0\].Statement.ByteMatchStatement.FieldToMatch/,
    },
    { case: "an IP set that no template has", statement: inSet("absent"), says: /no template has the IP set/ },
    {
      case: "an IP set matched on a forwarded address",
      statement: {
        IPSetReferenceStatement: { Arn: setArn("deny"), IPSetForwardedIPConfig: { HeaderName: "X-Forwarded-For" } },
      },
      says: /IPSetForwardedIPConfig/,
    },
    {
      case: "a rate limit on a forwarded address",
      statement: { RateBasedStatement: { Limit: 100, AggregateKeyType: "FORWARDED_IP" } },
      says: /AggregateKeyType/,
    },
    {
      case: "a rate limit below ten",
      statement: { RateBasedStatement: { Limit: 9, AggregateKeyType: "IP" } },
      says: /Limit/,
    },
    {
      case: "a rate limit within another statement",
      statement: {
        NotStatement: { Statement: { RateBasedStatement: { Limit: 100, AggregateKeyType: "IP" } } },
      },
      says: /RateBasedStatement/,
    },
  ])("the boot stops at $case", ({ statement, says }) => {
    expect(() => wafOver([anIpSet("deny", []), aWebAcl([aRule("Rule", 0, statement)])])).toThrow(says);
  });

  test.each([
    { case: "51 references to sets", sets: 51, properties: {}, says: /at most 50/ },
    { case: "a name with a blank", sets: 1, properties: { Name: "deny list" }, says: /Name/ },
    {
      case: "a description with brackets",
      sets: 1,
      properties: { Description: "by hand (human)" },
      says: /Description/,
    },
  ])("the boot stops at $case", ({ sets, properties, says }) => {
    const names = Array.from({ length: sets }, (_, index) => `deny-${index}`);
    const statement = { OrStatement: { Statements: [...names.map(inSet), startsWith("x")] } };
    expect(() =>
      wafOver([...names.map((name) => anIpSet(name, [], properties)), aWebAcl([aRule("Deny", 0, statement)])]),
    ).toThrow(says);
  });

  test("the boot stops at two rules of one priority and at Captcha", () => {
    const rules = [aRule("A", 0, startsWith("a")), aRule("B", 0, startsWith("b"))];
    expect(() => wafOver([aWebAcl(rules)])).toThrow(/same priority/);
    expect(() => wafOver([aWebAcl([aRule("A", 0, startsWith("a"), { Action: { Captcha: {} } })])])).toThrow(/Captcha/);
  });
});

describe("a rate-based rule", () => {
  const limit = { RateBasedStatement: { Limit: 10, AggregateKeyType: "IP", EvaluationWindowSec: 60 } };

  test("acts at its next check after an address went over the limit, and stops once the rate has fallen", async () => {
    const waf = wafOver([aWebAcl([aRule("RateLimit", 0, limit)]), aLoggingConfiguration()]);
    const burst = Array.from({ length: 11 }, () => waf.inspect().action);
    expect(new Set(burst)).toEqual(new Set(["ALLOW"]));
    await waf.clock.pass(10 * SECOND);
    expect(waf.inspect()).toMatchObject({ action: "BLOCK", rule: "RateLimit" });
    expect(waf.inspect({ clientIp: "203.0.113.9" }).action).toBe("ALLOW");
    expect(waf.records.at(-2)).toMatchObject({
      terminatingRuleType: "RATE_BASED",
      rateBasedRuleList: [{ rateBasedRuleName: "RateLimit", limitKey: "IP", maxRateAllowed: 10 }],
    });
    await waf.clock.pass(70 * SECOND);
    expect(waf.inspect().action).toBe("ALLOW");
  });

  test("blocked requests keep counting, so a block lasts as long as the rate", async () => {
    const waf = wafOver([aWebAcl([aRule("RateLimit", 0, limit)])]);
    for (let i = 0; i < 11; i += 1) waf.inspect();
    const seen: string[] = [];
    for (let i = 0; i < 60; i += 1) {
      await waf.clock.pass(3 * SECOND);
      seen.push(waf.inspect().action);
    }
    expect(seen.slice(10)).not.toContain("ALLOW");
  });

  test("counts only what its scope-down statement lets in", async () => {
    const scoped = { RateBasedStatement: { ...limit.RateBasedStatement, ScopeDownStatement: startsWith("other") } };
    const waf = wafOver([aWebAcl([aRule("RateLimit", 0, scoped)])]);
    for (let i = 0; i < 50; i += 1) waf.inspect();
    await waf.clock.pass(10 * SECOND);
    expect(waf.inspect().action).toBe("ALLOW");
  });
});

describe("a block", () => {
  const bodies = { forbidden: { ContentType: "APPLICATION_JSON", Content: '{"__type":"ForbiddenException"}' } };
  const custom = {
    Block: {
      CustomResponse: {
        ResponseCode: 403,
        CustomResponseBodyKey: "forbidden",
        ResponseHeaders: [{ Name: "Access-Control-Allow-Origin", Value: "*" }],
      },
    },
  };

  test("gives the template's answer and logs its code", () => {
    const waf = wafOver([
      aWebAcl([aRule("Deny", 0, startsWith("AWS"), { Action: custom })], { CustomResponseBodies: bodies }),
      aLoggingConfiguration(),
    ]);
    expect(waf.inspect().response).toEqual({
      status: 403,
      headers: { "content-type": "application/json", "access-control-allow-origin": "*" },
      body: bodies.forbidden.Content,
    });
    expect(waf.records[0]).toMatchObject({ action: "BLOCK", responseCodeSent: 403, terminatingRuleId: "Deny" });
  });

  test("without an answer of its own is CloudFront's page", () => {
    const waf = wafOver([aWebAcl([aRule("Deny", 0, startsWith("AWS"))])]);
    expect(waf.inspect().response).toMatchObject({ status: 403, headers: { "content-type": "text/html" } });
  });

  test("names a custom body that exists, or the boot stops", () => {
    expect(() => wafOver([aWebAcl([aRule("Deny", 0, startsWith("AWS"), { Action: custom })])])).toThrow(/forbidden/);
  });
});

describe("logs and metrics", () => {
  test("a record has AWS's fields, with the headers in the caller's case", () => {
    const waf = wafOver([aWebAcl([]), aLoggingConfiguration()]);
    waf.inspect({ country: "DE", requestId: "abc=" });
    expect(waf.records).toEqual([
      expect.objectContaining({
        timestamp: waf.clock.now(),
        webaclId: ACL_ARN,
        terminatingRuleId: "Default_Action",
        terminatingRuleType: "REGULAR",
        action: "ALLOW",
        httpSourceName: "CF",
        httpSourceId: "E2EXAMPLE",
        responseCodeSent: null,
        ja4Fingerprint: "t13d1516h2_8daaf6152771_b186095e22b6",
        httpRequest: expect.objectContaining({
          clientIp: "198.51.100.7",
          country: "DE",
          httpMethod: "POST",
          requestId: "abc=",
          headers: [{ name: "X-Amz-Target", value: "AWSCognitoIdentityProviderService.InitiateAuth" }],
        }),
      }),
    ]);
  });

  test("no logging configuration, no records", () => {
    const waf = wafOver([aWebAcl([])]);
    waf.inspect();
    expect(waf.records).toEqual([]);
  });

  test("redacted fields are not written", () => {
    const waf = wafOver([
      aWebAcl([]),
      aLoggingConfiguration({ RedactedFields: [{ SingleHeader: { Name: "authorization" } }] }),
    ]);
    waf.inspect({ headers: [{ name: "Authorization", value: "secret" }] });
    expect(JSON.stringify(waf.records)).not.toContain("secret");
  });

  test("metrics stand in us-east-1, without Region for CloudFront, under ALL and the rule's metric name", () => {
    const waf = wafOver([aWebAcl([aRule("Deny", 0, startsWith("AWS"))])]);
    waf.inspect();
    expect(waf.data.map(({ region, name, dimensions }) => ({ region, name, dimensions }))).toEqual([
      { region: "us-east-1", name: "BlockedRequests", dimensions: { WebACL: "edge", Rule: "ALL" } },
      { region: "us-east-1", name: "BlockedRequests", dimensions: { WebACL: "edge", Rule: "Deny" } },
    ]);
  });
});

describe("which web ACL a resource has", () => {
  const poolAcl = aResource({
    type: "AWS::WAFv2::WebACL",
    logicalId: "PoolAcl",
    region: "eu-west-1",
    arn: POOL_ACL_ARN,
    properties: {
      Name: "pool",
      Scope: "REGIONAL",
      DefaultAction: { Allow: {} },
      Rules: [aRule("Deny", 0, startsWith("AWS"))],
      VisibilityConfig: visibility("pool"),
    },
  });
  const association = (aclArn: string) =>
    aResource({
      type: "AWS::WAFv2::WebACLAssociation",
      logicalId: "Association",
      region: "eu-west-1",
      properties: { ResourceArn: POOL, WebACLArn: aclArn },
    });

  test("a user pool the associated one; a plain block there is the SDKs' ForbiddenException", () => {
    const waf = wafOver([aWebAcl([]), poolAcl, association(POOL_ACL_ARN)]);
    const inspection = waf.webAcls.inspect(POOL, { ...requestOnPool });
    expect(inspection).toMatchObject({ action: "BLOCK", rule: "Deny" });
    expect(JSON.parse(inspection.response?.body ?? "")).toMatchObject({ __type: "ForbiddenException" });
    expect(waf.data[0]).toMatchObject({
      region: "eu-west-1",
      dimensions: { WebACL: "pool", Rule: "ALL", Region: "eu-west-1" },
    });
  });

  test("a CLOUDFRONT web ACL cannot be associated with a user pool", () => {
    expect(() => wafOver([aWebAcl([]), association(ACL_ARN)])).toThrow(/no web ACL of scope REGIONAL/);
  });

  test("a resource without one lets everything pass", () => {
    const waf = wafOver([aWebAcl([aRule("Deny", 0, startsWith("AWS"))])]);
    expect(waf.webAcls.inspect(POOL, requestOnPool)).toEqual({ action: "ALLOW", rule: "", response: null });
  });
});

const requestOnPool = {
  clientIp: "203.0.113.50",
  country: null,
  method: "POST",
  uri: "/",
  args: "",
  httpVersion: "HTTP/1.1",
  headers: [{ name: "x-amz-target", value: "AWSCognitoIdentityProviderService.SignUp" }],
  body: Buffer.alloc(0),
  requestId: "request-2",
  ja4: null,
};
