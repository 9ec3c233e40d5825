import { createHash } from "node:crypto";

import { answer, type Check, isGreen, subject } from "../../../cli/doctor/check.ts";
import { type EdgeReading, edgeChecks, type SecretCopy, secretChecks } from "../../../cli/doctor/edge-checks.ts";
import { gateChecks } from "../../../cli/doctor/gate-probe.ts";
import { type AppClientReading, type PoolReading, poolChecks } from "../../../cli/doctor/pool-checks.ts";
import {
  FORGED_ADDRESS,
  type ProbeAnswer,
  type ProbeKind,
  type ProbeReading,
  probeChecks,
  probeKinds,
  probeRequests,
} from "../../../cli/doctor/probe.ts";
import {
  alarmChecks,
  type DriftReading,
  type LogReading,
  logChecks,
  quotaChecks,
  setChecks,
  subscriptionChecks,
  trailChecks,
  usageChecks,
} from "../../../cli/doctor/sensor-checks.ts";
import { type DeploymentInput, parseDeployment } from "../../../functions/domain/deployment.ts";

const ID = "1example23456789abcdefghij";
const deployed = (further: Partial<DeploymentInput> = {}) =>
  parseDeployment(
    { account: "111122223333", userPool: { id: "eu-west-1_Ab12Cd34E", clientIds: [ID] }, ...further },
    "config",
  );
const client: AppClientReading = {
  id: ID,
  name: "web",
  hasSecret: true,
  usesOAuth: false,
  flows: ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  hidesUsers: true,
  revokesTokens: true,
  propagatesContext: false,
  rotatesRefreshTokens: false,
};
const pool: PoolReading = {
  deployment: deployed(),
  hasDomain: false,
  dynamicRegistration: "off",
  selfSignUp: false,
  clients: [client],
  replicas: [],
  webAcl: "portcullis-pool",
};
const edge: EdgeReading = {
  deployment: deployed({ allowedOrigins: ["https://app.example.com"] }),
  enabled: true,
  status: "Deployed",
  webAclArn: "arn:acl",
  expectedWebAclArn: "arn:acl",
  functions: ["arn:f:3"],
  expectedFunction: "arn:f:3",
};
const copy: SecretCopy = { region: "us-east-1", fault: null, gates: 1, knows: { [ID]: true } };
const log: LogReading = {
  log: "edge",
  title: "The WAF log of the distribution",
  coverage: { rows: 10, counted: 10, ratio: 1, completeTo: 0 },
  to: Date.UTC(2026, 10, 22, 10),
};
const drift: DriftReading = { foreign: [], missing: [], gone: [] };

/** The states that a check's flaws have; none where it is fine. */
function states<R>(checks: readonly Check<R>[], id: string, reading: R): string[] {
  const check = checks.find((each) => each.id === id);
  return check ? check.flaws(reading).map(({ state }) => state) : ["no such check"];
}

test("a deployment without a flaw is green", () => {
  const findings = [
    ...poolChecks.flatMap((check) => answer(check, pool)),
    ...edgeChecks.flatMap((check) => answer(check, edge)),
    ...secretChecks.flatMap((check) => answer(check, [copy])),
    ...logChecks.flatMap((check) => answer(check, [log])),
    ...trailChecks.flatMap((check) => answer(check, recording)),
    ...alarmChecks.flatMap((check) => answer(check, [{ name: "a", region: "r", state: "OK", hasData: true }])),
    ...quotaChecks.flatMap((check) => answer(check, [{ category: "UserToken", configured: 1, provisioned: 1 }])),
    ...usageChecks.flatMap((check) => answer(check, { configured: "Cognito", told: "Cognito" })),
    ...subscriptionChecks.flatMap((check) => answer(check, { confirmed: 1, pending: 0 })),
    ...setChecks.flatMap((check) => answer(check, drift)),
  ];

  expect(findings.filter(({ state }) => state !== "ok")).toEqual([]);
  expect(isGreen(findings)).toBe(true);
});

const withClient = (further: Partial<AppClientReading>): PoolReading => ({
  ...pool,
  clients: [{ ...client, ...further }],
});

test.each<[string, PoolReading, string[]]>([
  ["app-clients", withClient({ hasSecret: false }), ["problem"]],
  ["app-clients", { ...pool, clients: [] }, ["problem"]],
  ["other-app-clients", { ...pool, clients: [client, { ...client, id: "other", hasSecret: false }] }, ["problem"]],
  ["other-app-clients", { ...pool, clients: [client, { ...client, id: "other" }] }, []],
  ["managed-login", { ...withClient({ usesOAuth: true }), hasDomain: true }, ["advice"]],
  ["managed-login", withClient({ usesOAuth: true }), []],
  ["dynamic-registration", { ...pool, dynamicRegistration: "open" }, ["problem"]],
  ["dynamic-registration", { ...pool, dynamicRegistration: "authenticated" }, ["advice"]],
  ["replicas", { ...pool, replicas: ["eu-central-1", "us-west-2"] }, ["problem", "problem"]],
  ["pool-protection", { ...pool, webAcl: null }, ["problem"]],
  ["pool-protection", { ...pool, webAcl: null, deployment: deployed({ poolProtection: "none" }) }, ["advice"]],
  ["user-existence", withClient({ hidesUsers: false }), ["problem"]],
  ["sign-in-flows", withClient({ flows: ["ALLOW_USER_PASSWORD_AUTH"] }), ["advice"]],
  ["sign-in-flows", withClient({ flows: ["ADMIN_NO_SRP_AUTH"] }), ["advice"]],
  ["client-address", { ...pool, deployment: deployed({ clientAddress: "userContext" }) }, ["problem"]],
  ["refresh-tokens", withClient({ rotatesRefreshTokens: true }), []],
  [
    "refresh-tokens",
    { ...withClient({ rotatesRefreshTokens: true }), deployment: deployed({ refreshStrategy: "plain-secret" }) },
    ["problem"],
  ],
  ["token-revocation", withClient({ revokesTokens: false }), ["advice"]],
  ["self-sign-up", { ...pool, selfSignUp: true }, ["advice"]],
])("pool: %s (%#)", (id, reading, expected) => {
  expect(states(poolChecks, id, reading)).toEqual(expected);
});

test.each<[string, EdgeReading, string[]]>([
  ["distribution", { ...edge, enabled: false }, ["problem"]],
  ["distribution", { ...edge, status: "InProgress" }, ["advice"]],
  ["distribution", { ...edge, webAclArn: "" }, ["problem"]],
  ["distribution", { ...edge, webAclArn: "arn:another" }, ["problem"]],
  ["edge-function", { ...edge, functions: ["arn:f:2"] }, ["problem"]],
  ["edge-function", { ...edge, functions: [] }, ["problem"]],
  ["allowed-origins", { ...edge, deployment: deployed() }, ["advice"]],
])("edge: %s (%#)", (id, reading, expected) => {
  expect(states(edgeChecks, id, reading)).toEqual(expected);
});

test("a copy of the secret that cannot be used is one problem, and not also an old secret", () => {
  const broken: SecretCopy = { region: "eu-west-1", fault: "gates: too_small", gates: 0, knows: {} };

  expect(states(secretChecks, "secret-readable", [copy, broken])).toEqual(["problem"]);
  expect(states(secretChecks, "secret-current", [copy, broken])).toEqual([]);
  expect(states(secretChecks, "secret-current", [{ ...copy, knows: { [ID]: false } }])).toEqual(["problem"]);
});

test.each<[string, LogReading["coverage"], string[]]>([
  ["nearly complete", { rows: 98, counted: 100, ratio: 0.98, completeTo: 0 }, []],
  ["half", { rows: 50, counted: 100, ratio: 0.5, completeTo: null }, ["problem"]],
  ["another metric", { rows: 50, counted: 0, ratio: null, completeTo: null }, ["problem"]],
  ["no traffic", { rows: 0, counted: 0, ratio: 1, completeTo: 0 }, []],
])("logs: %s", (_title, coverage, expected) => {
  expect(states(logChecks, "logs", [{ ...log, coverage }])).toEqual(expected);
});

test("alarms: one that is missing, and metrics that never had data", () => {
  const alarm = { name: "portcullis-UserToken-50", region: "eu-west-1", state: "OK", hasData: false };

  expect(states(alarmChecks, "alarms", [{ ...alarm, state: null }])).toEqual(["problem"]);
  expect(states(alarmChecks, "alarm-metrics", [alarm, { ...alarm, hasData: true }])).toEqual([]);
  expect(states(alarmChecks, "alarm-metrics", [alarm])).toEqual(["problem"]);
});

test.each<[number, number | null, string[]]>([
  [120, 200, ["advice"]],
  [200, 120, ["problem"]],
  [120, 120, []],
  [120, null, []],
])("quotas: %s configured, %s enforced", (configured, provisioned, expected) => {
  expect(states(quotaChecks, "quotas", [{ category: "UserToken", configured, provisioned }])).toEqual(expected);
});

const recording = { arn: "arn:trail", status: { isLogging: true, deliveryError: null } };

test("the trail: not named, gone, stopped, refused by its bucket", () => {
  expect(states(trailChecks, "trail", recording)).toEqual([]);
  expect(states(trailChecks, "trail", { arn: null, status: null })).toEqual(["advice"]);
  expect(states(trailChecks, "trail", { arn: "arn:trail", status: null })).toEqual(["problem"]);
  const broken = { isLogging: false, deliveryError: "AccessDenied" };
  expect(states(trailChecks, "trail", { arn: "arn:trail", status: broken })).toEqual(["problem", "problem"]);
});

test("the gate: shown anywhere in an answer, hidden, not to be asked for", () => {
  const gate = "Abcdefghij_klmnopqr-12";
  const gateHashes = [createHash("sha256").update(gate).digest("hex")];
  const answering = (text: string, status = 200) => ({
    gateHashes,
    answers: [
      { operation: "ListUserSessions", status, text },
      { operation: "ListDevices", status: 400, text: "InvalidParameterException" },
    ],
  });
  expect(states(gateChecks, "gate-hidden", answering(`{"DeviceType":"portcullis/1 (${gate}; id)"}`))).toEqual([
    "problem",
  ]);
  expect(states(gateChecks, "gate-hidden", answering(`xx${gate}yy`))).toEqual(["problem"]);
  expect(states(gateChecks, "gate-hidden", answering(`{"DeviceType":"${gate.slice(1)}"}`))).toEqual([]);
  expect(states(gateChecks, "gate-hidden", answering("NotAuthorizedException", 400))).toEqual(["problem"]);
});

test("usage metrics: another spelling, none", () => {
  expect(states(usageChecks, "usage-service", { configured: "Cognito", told: "cognito" })).toEqual(["problem"]);
  expect(states(usageChecks, "usage-service", { configured: "Cognito", told: null })).toEqual(["advice"]);
});

test("subscriptions: nobody, nobody confirmed, some confirmed", () => {
  expect(states(subscriptionChecks, "subscriptions", { confirmed: 0, pending: 0 })).toEqual(["problem"]);
  expect(states(subscriptionChecks, "subscriptions", { confirmed: 0, pending: 1 })).toEqual(["problem"]);
  expect(states(subscriptionChecks, "subscriptions", { confirmed: 1, pending: 1 })).toEqual(["advice"]);
});

test("sets: one that is gone, and drift", () => {
  expect(states(setChecks, "ip-sets", { ...drift, gone: ["portcullis-auto-v4-1 (edge)"] })).toEqual(["problem"]);
  expect(states(setChecks, "drift", { ...drift, foreign: ["edge 198.51.100.1/32"] })).toEqual(["advice"]);
});

const GATE = "g".repeat(22);
const answered = (kind: ProbeKind, further: Partial<ProbeAnswer> = {}): ProbeAnswer => ({
  ...{ kind, status: 200, error: "", requestId: `id-${kind.replaceAll(" ", "-")}` },
  ...further,
});
const agent = ({ requestId }: ProbeAnswer, address = "198.51.100.7", gate = GATE) =>
  `portcullis/1 (${gate}; ${requestId}; InitiateAuth; ${address}; -) portcullis-doctor`;
const answers = probeKinds.map((kind) => answered(kind));
const probed: ProbeReading = {
  answers,
  userAgents: answers.map((each) => agent(each)),
  gateHashes: [createHash("sha256").update(GATE).digest("hex")],
  waitedMinutes: 6,
};

test.each<[string, string, ProbeReading, string[]]>([
  ["well", "correlation", probed, []],
  ["no record", "correlation", { ...probed, userAgents: [] }, ["problem", "problem", "problem"]],
  ["one without token", "correlation", { ...probed, userAgents: [...probed.userAgents.slice(1), "x"] }, ["problem"]],
  ["another gate", "correlation", { ...probed, gateHashes: ["0".repeat(64)] }, ["problem", "problem", "problem"]],
  [
    "a forged address",
    "correlation",
    { ...probed, userAgents: answers.map((each) => agent(each, FORGED_ADDRESS)) },
    ["problem", "problem", "problem"],
  ],
  ["a user that does not exist", "sign-in", { ...probed, answers: [answered("plain", { status: 400 })] }, []],
  [
    "a wrong secret",
    "sign-in",
    { ...probed, answers: [answered("plain", { status: 400, error: "X Unable to verify secret hash for client 1" })] },
    ["problem"],
  ],
  [
    "a used-up quota",
    "sign-in",
    { ...probed, answers: [answered("plain", { status: 400, error: "TooManyRequestsException Rate exceeded" })] },
    ["problem"],
  ],
  ["the deny list", "sign-in", { ...probed, answers: [answered("plain", { status: 403 })] }, ["problem"]],
  ["no secret at the edge", "sign-in", { ...probed, answers: [answered("plain", { status: 503 })] }, ["problem"]],
])("probe: %s", (_title, id, reading, expected) => {
  expect(states(probeChecks, id, reading)).toEqual(expected);
});

test("the probe's calls: nobody's name, one of them with all that can be forged", () => {
  const requests = probeRequests(ID, "https://app.example.com", "ab".repeat(128));

  expect(requests.map(({ kind }) => kind)).toEqual(probeKinds);
  expect(requests.map(({ headers }) => headers["user-agent"]?.length)).toEqual([17, 4096, expect.any(Number)]);
  expect(requests[2]?.headers).toMatchObject({ "x-forwarded-for": FORGED_ADDRESS, origin: "https://app.example.com" });
  expect(requests[0]?.body).toContain("@example.com");
});

test("what cannot be read is unchecked, never well, and the name of the error is told", async () => {
  const denied = Object.assign(new Error("not\u001b[31m authorized"), { name: "AccessDeniedException" });

  const findings = await subject(quotaChecks, () => Promise.reject(denied)).ask();

  expect(findings).toMatchObject([{ check: "quotas", state: "unchecked" }]);
  expect(findings[0]?.what).toContain("AccessDeniedException");
  expect(findings[0]?.what).not.toContain("\u001b");
  expect(isGreen(findings)).toBe(false);
});
