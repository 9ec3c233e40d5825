import * as z from "zod";

import { type Finding, isGreen } from "../../cli/doctor/check.ts";
import { examine, gateSubjects, probeSubject } from "../../cli/doctor.ts";
import type { DeploymentInput } from "../../functions/domain/deployment.ts";
import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { run } from "../cli/run-command.ts";
import { type AtADesk, doctorsPolicy, sitDown } from "./at-a-desk.ts";
import { aScenario, CLIENT_ID, type Scenario, scenarioConfig } from "./builders.ts";

const OTHER_CLIENT = "2otherclient456789abcdefgh";
/** One config for both, so that it is synthesised once; a plain secret is right where tokens are not rotated. */
const config: DeploymentInput = {
  ...scenarioConfig,
  mode: "observe",
  refreshStrategy: "plain-secret",
  approval: { emails: ["on-call@example.com"] },
};

let scenario: Scenario;
let desk: AtADesk;

afterEach(async () => {
  desk.leave();
  await scenario.stop();
});

async function aDeployment(options: Parameters<typeof aScenario>[0] = {}): Promise<void> {
  scenario = await aScenario({ config, people: { doctor: doctorsPolicy }, ...options });
  desk = sitDown(scenario, config, "doctor");
}

async function findings(): Promise<readonly Finding[]> {
  const open = await desk.open();
  return scenario.clock.during(() => examine(open));
}

const isWrong = ({ state }: Finding) => state === "problem" || state === "unchecked";
const of = (all: readonly Finding[], check: string) => all.filter((finding) => finding.check === check);

const ANNA = { user: "anna@example.org", password: "Right-Horse-7" };
const tokens = z.looseObject({ AccessToken: z.string() });

/** What doctor finds with a user's access token. */
async function asked(accessToken: string): Promise<readonly Finding[]> {
  const [gates] = await gateSubjects(await desk.open(), accessToken);
  return await scenario.clock.during(async () => (await gates?.ask()) ?? []);
}

test("a deployment whose users sign in is green, and may enforce", async () => {
  await aDeployment();
  scenario.cognito.users.addUser(ANNA.user, ANNA.password);
  for (let call = 0; call < 5; call += 1) {
    await scenario.signIn("198.51.100.7");
    await scenario.clock.wait(10 * SECOND);
  }
  await scenario.clock.wait(17 * MINUTE);

  const found = await findings();

  expect(found.filter(isWrong)).toEqual([]);
  expect(isGreen(found)).toBe(true);
  expect(of(found, "allowed-origins")).toMatchObject([{ state: "advice" }]);
  expect(of(found, "logs")).toMatchObject([{ state: "ok" }]);
  expect(of(found, "alarm-metrics")).toMatchObject([{ state: "ok" }]);

  const probed = await (await probeSubject(await desk.open(), 20)).ask();
  expect(probed).toMatchObject([
    { check: "sign-in", state: "ok" },
    { check: "correlation", state: "ok" },
  ]);
  expect(await gateSubjects(await desk.open(), undefined)).toEqual([]);
  expect(await asked("eyJ-no-token")).toMatchObject([{ check: "gate-hidden", state: "problem" }]);
  const { body } = await scenario.signIn("198.51.100.7", ANNA);
  const { AuthenticationResult } = z.looseObject({ AuthenticationResult: tokens }).parse(body);
  expect(await asked(AuthenticationResult.AccessToken)).toMatchObject([{ check: "gate-hidden", state: "ok" }]);
}, 120_000);

test("every hole that is opened is found, and enforce is refused", async () => {
  await aDeployment({
    pool: {
      hidesUsers: false,
      otherClients: { [OTHER_CLIENT]: { secrets: [] } },
      signIn: { rotation: { graceSeconds: 60 } },
      around: {
        domain: "example",
        dynamicRegistration: "open",
        replicas: ["eu-central-1"],
        provisioned: { UserAuthentication: 0.5, UserCreation: 2 },
        usageService: "Cognito User Pool",
      },
    },
  });
  scenario.cognito.setSecrets(CLIENT_ID, ["anothersecretthatnobodytoldtheedge"]);
  scenario.sns.setConfirmed("on-call@example.com", false);

  const found = await findings();

  const problems = found.filter(isWrong).map(({ check, what }) => [check, what]);
  expect(problems).toEqual([
    ["other-app-clients", `app client ${OTHER_CLIENT}, which the config does not name, has no secret`],
    ["dynamic-registration", "anybody may register app clients (OpenDcrEnabled)"],
    ["replicas", "a replica of the pool answers in eu-central-1"],
    ["user-existence", `app client ${CLIENT_ID} tells which users exist`],
    [
      "refresh-tokens",
      `app client ${CLIENT_ID} rotates refresh tokens, and the config says refreshStrategy: plain-secret`,
    ],
    ["secret-current", `the copy in us-east-1 does not hold the secret that Cognito has for app client ${CLIENT_ID}`],
    ["alarm-metrics", "no quota alarm's metric has ever had data"],
    ["quotas", "UserAuthentication: the config says 1 requests per second, Cognito enforces 0.5"],
    ["usage-service", "the config says usageService Cognito user pool, Service Quotas says Cognito User Pool"],
    ["subscriptions", "1 of 1 subscriptions to the notices is not confirmed"],
  ]);
  expect(of(found, "managed-login")).toMatchObject([{ state: "advice" }]);
  expect(of(found, "quotas")).toContainEqual(expect.objectContaining({ state: "advice" }));
  expect(JSON.stringify(found)).not.toContain("anothersecretthatnobodytoldtheedge");

  const probed = await (await probeSubject(await desk.open(), 1)).ask();
  expect(of(probed, "sign-in").map(({ what }) => what)).toEqual(
    ["plain", "long user agent", "forged headers"].map((kind) =>
      expect.stringMatching(new RegExp(`^the call with ${kind} got 400 NotAuthorizedException .*secret hash`)),
    ),
  );

  const printed = await scenario.clock.during(() => run("config", "quotas", "--local"));
  expect(printed).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(printed.out)).toEqual({
    quotas: { ...scenario.deployment.quotas, UserAuthentication: 0.5, UserCreation: 2, UserAccountRecovery: 30 },
    usageService: "Cognito User Pool",
  });

  desk.leave();
  desk = sitDown(scenario, config);
  const refused = await scenario.clock.during(() => run("mode", "enforce", "--local"));
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain("other-app-clients");
  const forced = await scenario.clock.during(() => run("mode", "enforce", "--local", "--force"));
  expect(forced).toMatchObject({ code: 0, out: "observe → enforce\n" });
}, 120_000);
