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
    approval: { timeoutMinutes: 60, onTimeout: "discard", emails: [] },
  });
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
    case: "AdvancedSecurityEnabled, which this version cannot do",
    document: { AdvancedSecurityEnabled: true },
    problem: /^AdvancedSecurityEnabled: true is not supported/,
  },
  {
    case: "a pool of another partition",
    document: { userPool: { ...minimal.userPool, id: "us-gov-west-1_Ab12Cd34E" } },
    problem: /^userPool\.id/,
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
