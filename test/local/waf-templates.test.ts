/** What the template's web ACLs do to requests: the order of the rules, who is answered what, and what is logged. */
import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import type { InspectedRequest } from "../../local/ports.ts";
import type { Assembly, Resource } from "../../local/template.ts";
import { createWaf } from "../../local/waf.ts";
import { anAssembly } from "./hand-assembly.ts";
import { handClock } from "./hand-clock.ts";
import { ACCOUNT, POOL_ID, synthesisedAssembly } from "./synthesised.ts";
import { aRequest, NOON } from "./waf-builders.ts";

const POOL = `arn:aws:cognito-idp:eu-west-1:${ACCOUNT}:userpool/${POOL_ID}`;
let assembly: Assembly;
let distribution: string;

beforeAll(async () => {
  assembly = await synthesisedAssembly();
  distribution = assembly.ofType("AWS::CloudFront::Distribution")[0]?.arn ?? "";
}, 60_000);

type Sets = Readonly<Record<string, readonly string[]>>;

/** The templates' web ACLs with these addresses in their sets. */
function waf(sets: Sets, broken: (resource: Resource) => Resource = (resource) => resource) {
  const clock = handClock(NOON);
  const records: Record<string, unknown>[] = [];
  const filled = assembly.resources.map((resource) => {
    const Addresses = resource.type === "AWS::WAFv2::IPSet" ? sets[resource.name] : undefined;
    return broken(Addresses ? { ...resource, properties: { ...resource.properties, Addresses } } : resource);
  });
  const { webAcls } = createWaf({
    clock,
    assembly: anAssembly(filled),
    logs: { waf: (_arn, record) => void records.push(record) },
    metrics: { put: () => undefined },
  });
  const at = (resourceArn: string) => (request: Partial<InspectedRequest>) =>
    webAcls.inspect(resourceArn, aRequest(request));
  return { clock, records, edge: at(distribution), pool: at(POOL) };
}

const denied = { "portcullis-deny-v4": ["198.51.100.7/32"], "portcullis-auto-v4-3": ["198.51.100.8/32"] };

test.each([
  { case: "an address that a person denied", clientIp: "198.51.100.7", rule: "DenyList" },
  { case: "an address in an auto set", clientIp: "198.51.100.8", rule: "DenyList" },
  { case: "any other", clientIp: "198.51.100.9", rule: "Default_Action" },
])("$case ends at $rule", ({ clientIp, rule }) => {
  expect(waf(denied).edge({ clientIp }).rule).toBe(rule);
});

test("every auto set of both families is enforced, at the edge and at the pool", () => {
  const auto = assembly.ofType("AWS::WAFv2::IPSet").filter(({ name }) => name.includes("auto"));
  expect(auto.length).toBe(9);
  for (const set of auto) {
    const isV6 = set.properties["IPAddressVersion"] === "IPV6";
    const world = waf({ [set.name]: [isV6 ? "2001:db8:1:2::/64" : "203.0.113.9/32"] });
    const inspect = set.properties["Scope"] === "REGIONAL" ? world.pool : world.edge;
    expect({ set: set.name, ...inspect({ clientIp: isV6 ? "2001:db8:1:2::7" : "203.0.113.9" }) }).toMatchObject({
      set: set.name,
      rule: "DenyList",
    });
  }
});

test("the allow list goes before the deny list", () => {
  const { edge } = waf({ ...denied, "portcullis-allow-v4": ["198.51.100.0/24"] });
  expect(edge({ clientIp: "198.51.100.7" })).toMatchObject({ action: "ALLOW", rule: "AllowList" });
});

test("a denied address is answered by the deny list however fast it is", async () => {
  const { edge, clock, records } = waf(denied);
  for (let call = 0; call < 200; call += 1) {
    edge({ clientIp: "198.51.100.7" });
    await clock.pass(SECOND);
  }
  expect(new Set(records.map(({ terminatingRuleId }) => terminatingRuleId))).toEqual(new Set(["DenyList"]));
});

test("were RateLimit asked first, the deny list would not be what a banned source meets", async () => {
  const swapped = (resource: Resource): Resource => {
    if (resource.type !== "AWS::WAFv2::WebACL") return resource;
    const rules = resource.properties["Rules"] as readonly { Name: string }[];
    const Rules = rules.map((rule) => (rule.Name === "DenyList" ? { ...rule, Priority: 99 } : rule));
    return { ...resource, properties: { ...resource.properties, Rules } };
  };
  const { edge, clock } = waf(denied, swapped);
  for (let call = 0; call < 50; call += 1) edge({ clientIp: "198.51.100.7" });
  await clock.pass(10 * SECOND);
  expect(edge({ clientIp: "198.51.100.7" }).rule).toBe("RateLimit");
});

test("the rate limit blocks for as long as the rate lasts", async () => {
  const { edge, clock } = waf({});
  for (let call = 0; call < 25; call += 1) edge({ clientIp: "203.0.113.9" });
  await clock.pass(10 * SECOND);
  expect(edge({ clientIp: "203.0.113.9" })).toMatchObject({ action: "BLOCK", rule: "RateLimit" });
  await clock.pass(6 * MINUTE);
  expect(edge({ clientIp: "203.0.113.9" }).action).toBe("ALLOW");
});

test.each([
  { case: "a call of the API", request: {}, rule: "Default_Action" },
  { case: "a preflight", request: { method: "OPTIONS", headers: [] }, rule: "Default_Action" },
  { case: "GET", request: { method: "GET" }, rule: "Valid" },
  { case: "a POST without target", request: { headers: [] }, rule: "Valid" },
  {
    case: "a call of another API",
    request: { headers: [{ name: "x-amz-target", value: "DynamoDB_20120810.GetItem" }] },
    rule: "Valid",
  },
])("$case ends at $rule", ({ request, rule }) => {
  expect(waf({}).edge(request).rule).toBe(rule);
});

test.each(["edge", "pool"] as const)("a ban at the %s is 403 with the exception that every SDK parses", (door) => {
  const set = door === "edge" ? "portcullis-auto-v4-1" : "portcullis-pool-auto-v4-1";
  const { response } = waf({ [set]: ["198.51.100.7/32"] })[door]({});
  expect(response).toMatchObject({
    status: 403,
    headers: { "content-type": "application/json", "access-control-allow-origin": "*" },
  });
  expect(JSON.parse(response?.body ?? "")).toMatchObject({ __type: "ForbiddenException" });
});

test("both web ACLs log, without credentials", () => {
  const { edge, pool, records } = waf({});
  const headers = [
    { name: "Authorization", value: "secret" },
    { name: "Cookie", value: "secret" },
    { name: "x-amz-target", value: "AWSCognitoIdentityProviderService.GetUser" },
  ];
  edge({ headers });
  pool({ headers });
  expect(records.map(({ httpSourceName }) => httpSourceName)).toEqual(["CF", "COGNITOIDP"]);
  expect(JSON.stringify(records)).not.toContain("secret");
});
