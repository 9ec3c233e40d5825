import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type DeploymentInput, parseDeployment, poolRegion } from "../../functions/domain/deployment.ts";
import { InvalidInputError } from "../../functions/domain/errors.ts";

const minimal: DeploymentInput = {
  account: "111122223333",
  userPool: { id: "eu-west-1_Ab12Cd34E", clientIds: ["1example23456789abcdefghij"] },
};

function problemsOf(document: unknown): readonly string[] {
  try {
    parseDeployment(document, "portcullis.config.json");
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems;
    throw error;
  }
  return [];
}

test("an account and a user pool are all that has to be said", () => {
  const deployment = parseDeployment(minimal, "portcullis.config.json");
  expect(deployment).toMatchObject({
    name: "portcullis",
    AdvancedSecurityEnabled: false,
    clientAddress: "none",
    refreshStrategy: "rewrite",
    secretReplicaRegions: [],
    RateLimit: 1000,
    mode: "observe",
    thresholds: [50, 70, 90],
    quotas: {
      UserAuthentication: 120,
      UserCreation: 50,
      UserAccountRecovery: 30,
      UserToken: 120,
      UserResourceRead: 50,
    },
    usageService: "Cognito user pool",
    autoShards: { edge: { v4: 4, v6: 2 }, pool: { v4: 2, v6: 1 } },
    approval: { method: "page", timeoutMinutes: 60, onTimeout: "discard", emails: [], slack: [] },
  });
  expect(deployment.allowedOrigins ?? deployment.nativeClients).toBeUndefined();
});

test("the example of the project is a config", () => {
  const file = join(import.meta.dirname, "../../portcullis.config.example.json");
  expect(problemsOf(JSON.parse(readFileSync(file, "utf8")))).toEqual([]);
});

test("all problems are reported at once, each with its place", () => {
  const problems = problemsOf({
    account: "12",
    userPool: { id: "Ab12", clientIds: [] },
    RateLimit: 5,
    thresholds: [50, 101],
    egress: ["198.51.100.0/33"],
    ratelimit: 100,
  });
  const places = problems.map((problem) => problem.split(":")[0]);
  expect(places).toEqual(
    expect.arrayContaining(["account", "userPool.id", "userPool.clientIds", "RateLimit", "thresholds.1", "egress.0"]),
  );
  expect(problems.join("\n")).toContain("ratelimit");
});

test.each([
  {
    case: "two ways of telling Cognito the viewer's address",
    document: { AdvancedSecurityEnabled: true, clientAddress: "userContext" },
    problem: /^clientAddress: AdvancedSecurityEnabled/,
  },
  { case: "a way that is none", document: { clientAddress: "forwarded" }, problem: /^clientAddress/ },
  { case: "no origin at all", document: { allowedOrigins: [] }, problem: /^allowedOrigins: leave it out/ },
  {
    case: "an origin twice",
    document: { allowedOrigins: ["https://app.example", "https://app.example"] },
    problem: /^allowedOrigins: an origin stands twice/,
  },
  {
    case: "more origins than a header of CloudFront holds",
    document: { allowedOrigins: Array.from({ length: 70 }, (_, index) => `https://app-${index}.pages.example`) },
    problem: /^allowedOrigins: \d+ characters as a header, but CloudFront takes 1783/,
  },
  {
    case: "native clients without origins",
    document: { nativeClients: [] },
    problem: /^nativeClients: means nothing without allowedOrigins/,
  },
  {
    case: "a native client that is not the pool's",
    document: { allowedOrigins: ["https://app.example"], nativeClients: ["2example23456789abcdefghij"] },
    problem: /^nativeClients: 2example23456789abcdefghij is not one of/,
  },
  {
    case: "a native client twice",
    document: {
      allowedOrigins: ["https://app.example"],
      nativeClients: ["1example23456789abcdefghij", "1example23456789abcdefghij"],
    },
    problem: /^nativeClients: an app client stands twice/,
  },
  {
    case: "a replica where the secret is",
    document: { secretReplicaRegions: ["us-east-1"] },
    problem: /^secretReplicaRegions: us-east-1/,
  },
  {
    case: "a replica twice",
    document: { secretReplicaRegions: ["eu-west-1", "eu-west-1"] },
    problem: /^secretReplicaRegions: a Region stands twice/,
  },
  {
    case: "a replica in another partition",
    document: { secretReplicaRegions: ["cn-north-1"] },
    problem: /^secretReplicaRegions: .*partition/,
  },
  {
    case: "a replica that is in no Region",
    document: { secretReplicaRegions: ["Frankfurt"] },
    problem: /^secretReplicaRegions\.0: must be a Region/,
  },
  {
    case: "a pool of another partition",
    document: { userPool: { ...minimal.userPool, id: "us-gov-west-1_Ab12Cd34E" } },
    problem: /^userPool\.id/,
  },
  {
    case: "more egress ranges than the environment of a function holds",
    document: { egress: Array.from({ length: 200 }, (_, index) => `203.0.113.${index}/32`) },
    problem: /^egress, policy and autoShards: use wider ranges or fewer shards; they take \d+ bytes/,
  },
  {
    case: "alarms on our own faults that would start runs",
    document: { alarms: { prefixes: ["health-"] } },
    problem: /^alarms\.prefixes: "health-" covers alarms on our own faults \(health-portcullis-…\)/,
  },
  {
    case: "one of them",
    document: { alarms: { prefixes: ["health-portcullis-sweep"] } },
    problem: /^alarms\.prefixes: .*own faults/,
  },
  {
    case: "a prefix that our own alarms have",
    document: { alarms: { prefixes: ["portcullis-"] } },
    problem: /^alarms\.prefixes: a prefix stands twice/,
  },
  { case: "an allow list of everything", document: { allowList: ["::/0"] }, problem: /^allowList/ },
  {
    case: "an allowed address that is none",
    document: { allowList: ["app.example"] },
    problem: /^allowList\.0: is neither an address nor a CIDR/,
  },
  {
    case: "a managed group that challenges",
    document: { managedRuleGroups: { edge: [{ name: "AWSManagedRulesBotControlRuleSet" }] } },
    problem: /^managedRuleGroups\.edge\.0\.name: .* only a browser that loads a page can answer/,
  },
  ...["AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesAnonymousIpList"].map((name) => ({
    case: `${name} at the pool`,
    document: { managedRuleGroups: { pool: [{ name }] } },
    problem: /^managedRuleGroups\.pool\.0\.name: .* sees CloudFront's; use it at the edge/,
  })),
  {
    case: "a managed group for a pool whose web ACL is not ours",
    document: { poolProtection: "ruleGroup", managedRuleGroups: { pool: [{ name: "AWSManagedRulesCommonRuleSet" }] } },
    problem: /^managedRuleGroups\.pool: poolProtection makes no web ACL/,
  },
  {
    case: "a managed group twice",
    document: { managedRuleGroups: { edge: [1, 2].map(() => ({ name: "AWSManagedRulesSQLiRuleSet" })) } },
    problem: /^managedRuleGroups\.edge: a group stands twice/,
  },
  {
    case: "managed rule groups for which a web ACL has no room",
    document: {
      managedRuleGroups: {
        edge: ["CommonRuleSet", "SQLiRuleSet", "LinuxRuleSet"].map((group) => ({ name: `AWSManagedRules${group}` })),
      },
    },
    problem: /^managedRuleGroups\.edge: these groups take 1100 web ACL capacity units; there is room for 1000/,
  },
  {
    case: "a gate without a rule at the pool",
    document: { poolProtection: "none", gate: "count" },
    problem: /^gate: poolProtection is none/,
  },
  {
    case: "a limit that RateLimit always comes before",
    document: { RateLimit: 100, operationLimits: { signUps: { operations: ["SignUp"], limit: 100 } } },
    problem: /^operationLimits\.signUps: never acts/,
  },
  {
    case: "a limit of an operation that does not exist",
    document: { operationLimits: { signUps: { operations: ["Signup"], limit: 100 } } },
    problem: /^operationLimits\.signUps\.operations\.0: Signup is no operation/,
  },
  {
    case: "an operation twice in a limit",
    document: { operationLimits: { signUps: { operations: ["SignUp", "SignUp"], limit: 100 } } },
    problem: /^operationLimits\.signUps\.operations: an operation stands twice/,
  },
  {
    case: "a window that AWS WAF does not know",
    document: { operationLimits: { signUps: { operations: ["SignUp"], limit: 100, windowSeconds: 90 } } },
    problem: /^operationLimits\.signUps\.windowSeconds/,
  },
  {
    case: "more rate rules than a web ACL takes",
    document: {
      operationLimits: Object.fromEntries(
        Array.from({ length: 10 }, (_, index) => [`limit${index}`, { operations: ["SignUp"], limit: 100 }]),
      ),
    },
    problem: /^operationLimits: AWS WAF takes no more than 9/,
  },
  {
    case: "a certificate of another Region",
    document: {
      alternateDomain: {
        names: ["auth.example.com"],
        certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
      },
    },
    problem: /^alternateDomain\.certificateArn: .*us-east-1/,
  },
  {
    case: "a certificate of another account",
    document: {
      alternateDomain: {
        names: ["auth.example.com"],
        certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
      },
    },
    problem: /^alternateDomain\.certificateArn: .*another account/,
  },
  { case: "a threshold twice", document: { thresholds: [50, 50] }, problem: /^thresholds/ },
  {
    case: "an app client twice",
    document: {
      userPool: { ...minimal.userPool, clientIds: [minimal.userPool.clientIds[0], minimal.userPool.clientIds[0]] },
    },
    problem: /^userPool\.clientIds/,
  },
  {
    case: "more app clients than an evidence query can name",
    document: {
      userPool: {
        ...minimal.userPool,
        clientIds: Array.from({ length: 40 }, (_, index) => `client${String(index).padStart(20, "0")}`),
      },
    },
    problem: /^userPool\.clientIds: more app clients/,
  },
  {
    case: "a watch score above the ban score",
    document: { policy: { score: { ban: 50, watch: 60 } } },
    problem: /^policy\.score\.watch/,
  },
  { case: "an egress range of everything", document: { egress: ["0.0.0.0/0"] }, problem: /^egress/ },
  { case: "an egress range of everything in IPv6", document: { egress: ["::/0"] }, problem: /^egress/ },
  {
    case: "a scan limit that Athena does not know",
    document: { scanLimitMegabytes: 9 },
    problem: /^scanLimitMegabytes/,
  },
  { case: "a rate limit that AWS WAF does not know", document: { RateLimit: 9 }, problem: /^RateLimit/ },
  { case: "a name that no bucket can have", document: { name: "Portcullis_1" }, problem: /^name/ },
  {
    case: "more IP sets than a web ACL can refer to",
    document: { autoShards: { edge: { v4: 21, v6: 2 } } },
    problem: /^autoShards\.edge\.v4/,
  },
])("refused: $case", ({ document, problem }) => {
  expect(problemsOf({ ...minimal, ...document })).toEqual([expect.stringMatching(problem)]);
});

test("contradictions are reported beside mistakes, as far as the fields that they are between can be read", () => {
  const problems = problemsOf({
    ...minimal,
    RateLimit: "many",
    thresholds: [50, 50],
    nativeClients: ["2example23456789abcdefghij"],
    allowedOrigins: [7],
  });
  expect(problems).toEqual([
    expect.stringMatching(/^RateLimit: /),
    expect.stringMatching(/^allowedOrigins\.0: /),
    expect.stringMatching(/^nativeClients: 2example23456789abcdefghij is not one of/),
    expect.stringMatching(/^thresholds: a percentage stands twice/),
  ]);
});

test("what is missing is called so", () => {
  expect(problemsOf({ userPool: { clientIds: minimal.userPool.clientIds } })).toEqual([
    "account: is missing; expected string",
    "userPool.id: is missing; expected string",
  ]);
});

test("contradictions are reported together, whatever they are about", () => {
  const problems = problemsOf({
    ...minimal,
    AdvancedSecurityEnabled: true,
    clientAddress: "userContext",
    nativeClients: ["2example23456789abcdefghij"],
    secretReplicaRegions: ["us-east-1", "us-east-1"],
    thresholds: [50, 50],
  });
  expect(problems.map((problem) => problem.split(":")[0])).toEqual([
    "clientAddress",
    "nativeClients",
    "nativeClients",
    "secretReplicaRegions",
    "secretReplicaRegions",
    "thresholds",
  ]);
});

test("everything that the edge can do, in one config", () => {
  const document = {
    ...minimal,
    AdvancedSecurityEnabled: true,
    allowedOrigins: ["https://app.example", "capacitor://localhost"],
    nativeClients: [],
    secretReplicaRegions: ["eu-west-1", "ap-southeast-2"],
    refreshStrategy: "plain-secret",
  };
  expect(parseDeployment(document, "test")).toMatchObject(document);
});

test("text that is no object is one problem, not a crash", () => {
  expect(problemsOf("portcullis")).toHaveLength(1);
  expect(problemsOf(null)).toHaveLength(1);
});

test.each([
  { id: "eu-west-1_Ab12Cd34E", region: "eu-west-1" },
  { id: "ap-southeast-2_Ab12Cd34E", region: "ap-southeast-2" },
])("the pool $id is in $region", ({ id, region }) => {
  expect(poolRegion(parseDeployment({ ...minimal, userPool: { ...minimal.userPool, id } }, "test"))).toBe(region);
});
