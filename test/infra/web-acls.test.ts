import type { InspectedRequest } from "../../local/ports.ts";
import type { Assembly, Resource } from "../../local/template.ts";
import { createWaf } from "../../local/waf.ts";
import { anAssembly, only, type Properties } from "./builders.ts";

const assembly = anAssembly({ autoShards: { edge: { v4: 3, v6: 2 }, pool: { v4: 2, v6: 1 } }, RateLimit: 123 });
const edgeAcl = only(assembly, "AWS::WAFv2::WebACL", "portcullis-edge");
const poolAcl = only(assembly, "AWS::WAFv2::WebACL", "portcullis-pool");

const rule = (acl: { properties: Properties }, name: string): Properties =>
  acl.properties.Rules.find((each: Properties) => each.Name === name);

/** Names of the IP sets that a rule matches. */
function setsOf(acl: { properties: Properties }, name: string): string[] {
  const statement = rule(acl, name).Statement;
  const statements: Properties[] = statement.OrStatement?.Statements ?? [statement];
  const nameOf = (arn: string) => assembly.ofType("AWS::WAFv2::IPSet").find((set) => set.arn === arn)?.name ?? arn;
  return statements.map((each) => nameOf(each.IPSetReferenceStatement.Arn));
}

describe("the distribution's web ACL", () => {
  test("asks for the ASN, then AllowList, DenyList, Valid, RateLimit, in this order", () => {
    const rules: Properties[] = [...edgeAcl.properties.Rules].sort((one, other) => one.Priority - other.Priority);
    expect(rules.map(({ Name }) => Name)).toEqual(["ClientAsn", "AllowList", "DenyList", "Valid", "RateLimit"]);
    expect(edgeAcl.properties).toMatchObject({ Scope: "CLOUDFRONT", DefaultAction: { Allow: {} } });
  });

  test("stands before the distribution", () => {
    expect(only(assembly, "AWS::CloudFront::Distribution").properties.DistributionConfig.WebACLId).toBe(edgeAcl.arn);
  });

  test("denies what stands in people's deny sets or in any machine-owned shard", () => {
    expect(setsOf(edgeAcl, "DenyList")).toEqual([
      "portcullis-deny-v4",
      "portcullis-deny-v6",
      "portcullis-auto-v4-1",
      "portcullis-auto-v4-2",
      "portcullis-auto-v4-3",
      "portcullis-auto-v6-1",
      "portcullis-auto-v6-2",
    ]);
  });

  test("allows what stands in the allow sets, and nothing else", () => {
    expect(setsOf(edgeAcl, "AllowList")).toEqual(["portcullis-allow-v4", "portcullis-allow-v6"]);
    expect(rule(edgeAcl, "AllowList").Action).toEqual({ Allow: {} });
  });

  test("limits addresses to the configured number of requests in five minutes", () => {
    expect(rule(edgeAcl, "RateLimit").Statement.RateBasedStatement).toEqual({
      Limit: 123,
      AggregateKeyType: "IP",
      EvaluationWindowSec: 300,
    });
  });

  test.each(["DenyList", "Valid", "RateLimit"])(
    "%s answers 403 in JSON that Cognito's SDKs and web pages can read",
    (name) => {
      const { CustomResponse } = rule(edgeAcl, name).Action.Block;
      const body = edgeAcl.properties.CustomResponseBodies[CustomResponse.CustomResponseBodyKey];
      expect(CustomResponse.ResponseCode).toBe(403);
      expect(body.ContentType).toBe("APPLICATION_JSON");
      expect(JSON.parse(body.Content)).toEqual({ __type: "ForbiddenException", message: expect.any(String) });
      expect(CustomResponse.ResponseHeaders).toContainEqual({ Name: "access-control-allow-origin", Value: "*" });
    },
  );

  test("sets no content-type header, which AWS WAF refuses", () => {
    for (const { Action } of edgeAcl.properties.Rules)
      for (const { Name } of Action.Block?.CustomResponse.ResponseHeaders ?? [])
        expect(Name.toLowerCase()).not.toBe("content-type");
  });
});

describe("Valid", () => {
  const target = (operation: string) => [{ name: "X-Amz-Target", value: operation }];
  const call = target("AWSCognitoIdentityProviderService.InitiateAuth");

  test.each([
    { case: "a call of the API", method: "POST", headers: call, action: "ALLOW" },
    { case: "a preflight", method: "OPTIONS", headers: [], action: "ALLOW" },
    { case: "a GET", method: "GET", headers: call, action: "BLOCK" },
    { case: "a POST without target", method: "POST", headers: [], action: "BLOCK" },
    {
      case: "a call of another service",
      method: "POST",
      headers: target("DynamoDB_20120810.PutItem"),
      action: "BLOCK",
    },
    {
      case: "a target that only contains the service",
      method: "POST",
      headers: target("x AWSCognitoIdentityProviderService.SignUp"),
      action: "BLOCK",
    },
  ])("lets through or blocks: $case", ({ method, headers, action }) => {
    expect(inspected(assembly, { method, headers })).toMatchObject({
      action,
      rule: action === "BLOCK" ? "Valid" : expect.anything(),
    });
  });
});

describe("the user pool's web ACL", () => {
  test("denies what stands in the pool's own shards", () => {
    expect(setsOf(poolAcl, "DenyList")).toEqual([
      "portcullis-pool-auto-v4-1",
      "portcullis-pool-auto-v4-2",
      "portcullis-pool-auto-v6-1",
    ]);
    expect(poolAcl.properties).toMatchObject({ Scope: "REGIONAL", DefaultAction: { Allow: {} } });
    expect(poolAcl.region).toBe("eu-west-1");
  });

  test("is associated with the user pool", () => {
    expect(only(assembly, "AWS::WAFv2::WebACLAssociation").properties).toEqual({
      ResourceArn: "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Ab12Cd34E",
      WebACLArn: poolAcl.arn,
    });
  });
});

describe("IP sets", () => {
  const sets = assembly.ofType("AWS::WAFv2::IPSet");

  test.each(sets.map((set) => ({ case: set.name, set })))(
    "$case is frozen: CloudFormation would wipe a set it updates",
    ({ set }: { set: Resource }) => {
      expect(Object.keys(set.properties).sort()).toEqual(["Addresses", "IPAddressVersion", "Name", "Scope"]);
      expect(set.properties.Addresses).toEqual([]);
      expect(set.properties.IPAddressVersion).toBe(set.name.includes("-v6") ? "IPV6" : "IPV4");
    },
  );

  test("belong to the scope of the web ACL that matches them", () => {
    const scopes = sets.map((set) => `${set.properties.Scope} ${set.region}`);
    expect([...new Set(scopes)]).toEqual(["CLOUDFRONT us-east-1", "REGIONAL eu-west-1"]);
  });
});

describe("logs of the web ACLs", () => {
  test.each([
    { case: "edge", stack: "portcullis-edge", acl: edgeAcl, bucket: "aws-waf-logs-portcullis-edge-111122223333" },
    { case: "pool", stack: "portcullis-pool", acl: poolAcl, bucket: "aws-waf-logs-portcullis-pool-111122223333" },
  ])("$case: go to a bucket whose name AWS WAF accepts, without credentials", ({ stack, acl, bucket }) => {
    const logging = only(assembly, "AWS::WAFv2::LoggingConfiguration", stack).properties;
    expect(logging).toEqual({
      ResourceArn: acl.arn,
      LogDestinationConfigs: [`arn:aws:s3:::${bucket}`],
      RedactedFields: [{ SingleHeader: { Name: "authorization" } }, { SingleHeader: { Name: "cookie" } }],
    });
  });
});

test("without protection of the pool no web ACL is put on it", () => {
  const without = anAssembly({ poolProtection: "none" });
  expect(without.ofType("AWS::WAFv2::WebACL").map(({ name }) => name)).toEqual(["portcullis-edge"]);
  expect(without.ofType("AWS::WAFv2::WebACLAssociation")).toEqual([]);
});

function inspected(world: Assembly, request: Partial<InspectedRequest>) {
  const waf = createWaf({
    clock: { now: () => Date.parse("2026-11-22T12:00:00Z") },
    assembly: world,
    logs: { waf: () => {} },
    metrics: { put: () => {} },
  });
  return waf.webAcls.inspect(only(world, "AWS::CloudFront::Distribution").arn, {
    clientIp: "198.51.100.7",
    country: null,
    method: "POST",
    uri: "/",
    args: "",
    httpVersion: "HTTP/2.0",
    headers: [],
    body: Buffer.alloc(0),
    requestId: "request-1",
    ja4: null,
    ...request,
  });
}
