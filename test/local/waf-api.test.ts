import {
  GetIPSetCommand,
  GetLoggingConfigurationCommand,
  GetRegexPatternSetCommand,
  GetWebACLCommand,
  ListIPSetsCommand,
  ListRegexPatternSetsCommand,
  UpdateIPSetCommand,
  UpdateRegexPatternSetCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";

import { canonicalAddress, parseCidr } from "../../functions/domain/cidr.ts";
import { SECOND } from "../../functions/domain/instant.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { ACCOUNT, aResource } from "./hand-assembly.ts";
import { handClock } from "./hand-clock.ts";
import { ACL_ARN, aLoggingConfiguration, anIpSet, aRule, aWebAcl, NOON, wafOver } from "./waf-builders.ts";

const clock = handClock(NOON);
const waf = wafOver(
  [
    ...["a", "b", "c"].map((name) => anIpSet(`deny-${name}`, ["192.0.2.0/24"], { Description: "by hand" })),
    anIpSet("deny-v6", [], { IPAddressVersion: "IPV6" }),
    aWebAcl([
      aRule("Deny", 0, { IPSetReferenceStatement: { Arn: anIpSet("deny-a", []).arn } }),
      aRule("NoTrace", 1, {
        ByteMatchStatement: {
          FieldToMatch: { Method: {} },
          PositionalConstraint: "EXACTLY",
          SearchString: "TRACE?",
          TextTransformations: [{ Priority: 0, Type: "NONE" }],
        },
      }),
    ]),
    aLoggingConfiguration(),
    aResource({
      type: "AWS::WAFv2::RegexPatternSet",
      logicalId: "gates",
      arn: `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/regexpatternset/gates/id-of-gates`,
      properties: { Name: "gates", Scope: "CLOUDFRONT", RegularExpressionList: ["^any"] },
    }),
  ],
  clock,
);
let server: AwsServer;
let wafv2: WAFV2Client;

beforeAll(async () => {
  server = await startAwsServer({ clock, services: { wafv2: waf.service } });
  wafv2 = clientIn("us-east-1");
});
afterAll(() => server.stop());
// Every call has its full second, but for those that are about throttling.
beforeEach(() => clock.pass(SECOND));

function clientIn(region: string): WAFV2Client {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return new WAFV2Client({ region, endpoint: server.url, credentials, maxAttempts: 1 });
}

const named = (name: string) => ({ Name: name, Id: `id-of-${name}`, Scope: "CLOUDFRONT" as const });
const get = (name: string) => wafv2.send(new GetIPSetCommand(named(name)));
async function write(name: string, addresses: string[], lockToken?: string) {
  const LockToken = lockToken ?? (await get(name)).LockToken;
  return wafv2.send(new UpdateIPSetCommand({ ...named(name), Addresses: addresses, LockToken }));
}

test("a write replaces the set, is seen by the next request and wipes a description that is left out", async () => {
  await write("deny-a", ["198.51.100.7/32"]);
  expect(await get("deny-a")).toMatchObject({ IPSet: { Addresses: ["198.51.100.7/32"], IPAddressVersion: "IPV4" } });
  expect((await get("deny-a")).IPSet?.Description).toBeUndefined();
  expect(waf.inspect({ clientIp: "198.51.100.7" }).action).toBe("BLOCK");
  expect(waf.inspect({ clientIp: "192.0.2.1" }).action).toBe("ALLOW");
});

test("IPv6 comes back with all groups written out, and only a parsed comparison finds it equal", async () => {
  await write("deny-v6", ["2001:db8:1:2::/64"]);
  const [address = ""] = (await get("deny-v6")).IPSet?.Addresses ?? [];
  expect(address).toBe("2001:0db8:0001:0002:0000:0000:0000:0000/64");
  expect(parseCidr(address)).toEqual(parseCidr("2001:db8:1:2::/64"));
  expect(canonicalAddress(address)).toBeNull();
});

test("a lock token is good for one write; the answer carries the next", async () => {
  const { LockToken = "" } = await get("deny-b");
  const { NextLockToken } = await write("deny-b", ["198.51.100.1/32"], LockToken);
  await clock.pass(SECOND);
  await expect(write("deny-b", ["198.51.100.2/32"], LockToken)).rejects.toThrow(
    expect.objectContaining({ name: "WAFOptimisticLockException" }),
  );
  expect((await get("deny-b")).IPSet?.Addresses).toEqual(["198.51.100.1/32"]);
  await clock.pass(SECOND);
  await expect(write("deny-b", [], NextLockToken)).resolves.toBeDefined();
});

test.each([
  { case: "a bare address", set: "deny-c", address: "198.51.100.7" },
  { case: "everything", set: "deny-c", address: "0.0.0.0/0" },
  { case: "bits behind the prefix", set: "deny-c", address: "198.51.100.7/24" },
  { case: "the other family", set: "deny-c", address: "2001:db8::/64" },
  { case: "IPv4 in an IPv6 set", set: "deny-v6", address: "198.51.100.7/32" },
  { case: "all of IPv6", set: "deny-v6", address: "::/0" },
  { case: "a host name", set: "deny-c", address: "example.com/32" },
])("an address that WAF refuses: $case", async ({ set, address }) => {
  const before = await get(set);
  await expect(write(set, ["203.0.113.1/32", address])).rejects.toThrow(
    expect.objectContaining({ name: "WAFInvalidParameterException" }),
  );
  expect((await get(set)).LockToken).toBe(before.LockToken);
});

test("10,000 CIDRs fit, one more does not", async () => {
  const addresses = Array.from({ length: 10_001 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`);
  await expect(write("deny-c", addresses)).rejects.toThrow(
    expect.objectContaining({ name: "WAFLimitsExceededException" }),
  );
  await clock.pass(SECOND);
  await write("deny-c", addresses.slice(1));
  expect((await get("deny-c")).IPSet?.Addresses).toHaveLength(10_000);
});

test("one write a second for all sets of the account and Region together", async () => {
  const { LockToken: ofB } = await get("deny-b");
  await write("deny-a", []);
  await clock.pass(999);
  await expect(write("deny-b", [], ofB)).rejects.toThrow(expect.objectContaining({ name: "ThrottlingException" }));
  await clock.pass(1);
  await expect(write("deny-b", [], ofB)).resolves.toBeDefined();
});

test("five reads a second of each kind", async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => get("deny-a")));
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
});

test("scope CLOUDFRONT is known in us-east-1 only", async () => {
  const elsewhere = clientIn("eu-west-1");
  await expect(elsewhere.send(new GetIPSetCommand(named("deny-a")))).rejects.toThrow(
    expect.objectContaining({ name: "WAFInvalidParameterException" }),
  );
  const regional = { ...named("deny-a"), Scope: "REGIONAL" as const };
  await expect(elsewhere.send(new GetIPSetCommand(regional))).rejects.toThrow(
    expect.objectContaining({ name: "WAFNonexistentItemException" }),
  );
});

test("a set is found by name and id together", async () => {
  const wrongId = { ...named("deny-a"), Id: "id-of-deny-b" };
  await expect(wafv2.send(new GetIPSetCommand(wrongId))).rejects.toThrow(
    expect.objectContaining({ name: "WAFNonexistentItemException" }),
  );
});

test("a listing is paged", async () => {
  const names: string[] = [];
  let NextMarker: string | undefined;
  do {
    const page = await wafv2.send(new ListIPSetsCommand({ Scope: "CLOUDFRONT", Limit: 3, NextMarker }));
    names.push(...(page.IPSets ?? []).map((set) => set.Name ?? ""));
    NextMarker = page.NextMarker;
  } while (NextMarker);
  expect(names).toEqual(["deny-a", "deny-b", "deny-c", "deny-v6"]);
});

test("web ACL and logging configuration can be read", async () => {
  const acl = await wafv2.send(new GetWebACLCommand({ Name: "edge", Id: "id-of-edge", Scope: "CLOUDFRONT" }));
  expect(acl.WebACL).toMatchObject({ ARN: ACL_ARN, Rules: [{ Name: "Deny" }, { Name: "NoTrace" }] });
  // A template writes it as text, the wire carries it as a blob.
  const search = acl.WebACL?.Rules?.[1]?.Statement?.ByteMatchStatement?.SearchString;
  expect(Buffer.from(search ?? []).toString()).toBe("TRACE?");
  const logging = await wafv2.send(new GetLoggingConfigurationCommand({ ResourceArn: ACL_ARN }));
  expect(logging.LoggingConfiguration?.LogDestinationConfigs).toEqual(["arn:aws:s3:::aws-waf-logs-edge"]);
});

describe("a set of patterns", () => {
  const replace = (patterns: string[], LockToken: string | undefined) =>
    wafv2.send(
      new UpdateRegexPatternSetCommand({
        ...named("gates"),
        LockToken,
        RegularExpressionList: patterns.map((RegexString) => ({ RegexString })),
      }),
    );
  const read = () => wafv2.send(new GetRegexPatternSetCommand(named("gates")));

  test("is listed, read and replaced whole, each time with a lock token", async () => {
    const { RegexPatternSets } = await wafv2.send(new ListRegexPatternSetsCommand({ Scope: "CLOUDFRONT" }));
    expect(RegexPatternSets).toMatchObject([{ Name: "gates", Id: "id-of-gates" }]);
    const { RegexPatternSet, LockToken } = await read();
    expect(RegexPatternSet?.RegularExpressionList).toEqual([{ RegexString: "^any" }]);
    await replace(["^one", "^two"], LockToken);
    expect((await read()).RegexPatternSet?.RegularExpressionList).toEqual([
      { RegexString: "^one" },
      { RegexString: "^two" },
    ]);
    await clock.pass(SECOND);
    await expect(replace(["^three"], LockToken)).rejects.toThrow(
      expect.objectContaining({ name: "WAFOptimisticLockException" }),
    );
  });

  test("takes no expression that is none", async () => {
    const { LockToken } = await read();
    await expect(replace(["("], LockToken)).rejects.toThrow(
      expect.objectContaining({ name: "WAFInvalidParameterException" }),
    );
  });
});
