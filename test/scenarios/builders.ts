import type { DeploymentInput } from "../../functions/domain/deployment.ts";
import { type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { type Answer, cognitoCaller } from "../../local/demo/cognito-call.ts";
import { startWorld, type World, type WorldEvent, type WorldOptions } from "../../local/world.ts";
import { noteGrants } from "../permissions/notes.ts";

export const CLIENT_ID = "1scenario3456789abcdefghij";

/** Small quotas and sets, so that few calls are an attack; one config for all scenarios, so that it is synthesised once. */
export const scenarioConfig: DeploymentInput = {
  name: "portcullis",
  account: "111122223333",
  userPool: { id: "eu-west-1_Scenario1", clientIds: [CLIENT_ID] },
  quotas: { UserAuthentication: 1, UserCreation: 1, UserAccountRecovery: 1, UserToken: 1, UserResourceRead: 1 },
  mode: "enforce",
  autoShards: { edge: { v4: 1, v6: 1 }, pool: { v4: 1, v6: 1 } },
  approval: { timeoutMinutes: 10, emails: ["on-call@example.com"] },
  policy: { ban: { handsOffMinutes: 10, approvedMinutes: 10, jitter: 0 } },
};

export const START: Instant = Date.UTC(2026, 10, 22, 10);

export interface Scenario extends World {
  readonly events: readonly WorldEvent[];
  /** Signs in by password; through the distribution unless `direct`. */
  signIn(from: string, options?: SignIn): Promise<Answer>;
  /** Sends beats of sign-ins with wrong passwords until `over`, or until `minutes` have passed. */
  spray(
    sources: readonly string[],
    over: () => boolean,
    options?: { minutes?: number; direct?: boolean },
  ): Promise<void>;
  /** Resolves when `condition` holds, looked at once a virtual second; throws after `minutes`. */
  until(condition: () => boolean | Promise<boolean>, what: string, minutes?: number): Promise<void>;
  /** What must never happen in a scenario: faults, refused permissions, functions that fail, dead letters. */
  mishaps(): unknown[];
}
interface SignIn {
  readonly user?: string;
  readonly password?: string;
  readonly direct?: boolean;
}

const BEAT = 2 * SECOND;

export async function aScenario(options: Partial<WorldOptions> = {}): Promise<Scenario> {
  const world = await startWorld({ config: scenarioConfig, seed: 1, start: START, race: 1000, ...options });
  const events: WorldEvent[] = [];
  world.on((event) => events.push(event));
  const edge = cognitoCaller(world.viewerUrl, "scenario");
  const pool = cognitoCaller(world.poolUrl, "scenario");
  let guesses = 0;

  const signIn: Scenario["signIn"] = (from, { user, password = "Summer2026!", direct = false } = {}) => {
    const USERNAME = user ?? `user${++guesses}@example.org`;
    const AuthParameters = { USERNAME, PASSWORD: password };
    const body = { ClientId: CLIENT_ID, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters };
    return world.clock.during(() => (direct ? pool : edge)("InitiateAuth", body, from));
  };

  return {
    ...world,
    events,
    stop() {
      noteGrants(world);
      return world.stop();
    },
    signIn,
    async spray(sources, over, { minutes = 15, direct = false } = {}) {
      const end = world.clock.now() + minutes * MINUTE;
      for (let next = 0; !over() && world.clock.now() < end; next += 2) {
        const pair = [sources[next % sources.length] ?? "", sources[(next + 1) % sources.length] ?? ""];
        await world.clock.during(() => Promise.all(pair.map((from) => signIn(from, { direct }))));
        await world.clock.wait(BEAT);
      }
    },
    async until(condition, what, minutes = 20) {
      const end = world.clock.now() + minutes * MINUTE;
      while (!(await condition())) {
        if (world.clock.now() > end) throw new Error(`In ${minutes} minutes of the world's clock: no ${what}`);
        await world.clock.wait(SECOND);
      }
    },
    mishaps: () => [
      ...events.filter((event) => isMishap(event) || isMissedTick(event, world)).map(describe),
      ...world.deadLetters.list(),
    ],
  };
}

function isMishap(event: WorldEvent): boolean {
  if (event.kind === "fault") return true;
  if (event.kind === "api") return event.answer.status === 403 || event.answer.status >= 500;
  return event.kind === "execution" && event.event.type === "StateFailed";
}

/** A state machine tries its functions again and tells in the end; nobody tells of one that runs on a schedule. */
function isMissedTick(event: WorldEvent, { assembly }: World): boolean {
  if (event.kind !== "invocation" || event.end.ok) return false;
  const schedules = JSON.stringify(assembly.ofType("AWS::Scheduler::Schedule").map(({ properties }) => properties));
  return schedules.includes(`:function:${event.functionName}:`);
}

function describe(event: WorldEvent): unknown {
  if (event.kind !== "api") return event;
  return {
    caller: event.call.accessKeyId,
    target: event.call.headers["x-amz-target"],
    body: String(event.answer.body),
  };
}
