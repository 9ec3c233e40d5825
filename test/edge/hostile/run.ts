/** Runs the exported handler against an AWS that keeps no promise, and holds what comes out against the rules. */

import { MINUTE } from "../../../functions/domain/instant.ts";
import { type HostileAws, startHostileAws } from "./aws.ts";
import { eventOf, type HostileCase } from "./calls.ts";
import { judge, type Outcome } from "./rules.ts";

const LEVELS = ["debug", "error", "info", "log", "warn"] as const;

export interface HostileRun {
  /** How the request ended. Rejects if a rule is broken. */
  run(hostile: HostileCase): Promise<string>;
  stop(): Promise<void>;
}

export async function startHostileRun(): Promise<HostileRun> {
  const aws = await startHostileAws();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "edge",
    AWS_SECRET_ACCESS_KEY: "edge",
    AWS_SESSION_TOKEN: "edge",
    AWS_CONFIG_FILE: "none",
    AWS_SHARED_CREDENTIALS_FILE: "none",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  });
  // After the environment is set: the handler reads it as it is loaded.
  const { handler } = await import("../../../functions/edge/handler.ts");
  return {
    async run(hostile) {
      const event = eventOf(hostile);
      return judge(hostile, event, await observe(() => handler(structuredClone(event)), hostile, aws));
    },
    stop: aws.stop,
  };
}

let calls = 0;

async function observe(call: () => Promise<unknown>, hostile: HostileCase, aws: HostileAws): Promise<Outcome> {
  const lines: { level: string; text: string }[] = [];
  const { now } = Date;
  const saved = LEVELS.map((level) => [level, console[level]] as const);
  for (const level of LEVELS) console[level] = (...args: unknown[]) => void lines.push({ level, text: args.join(" ") });
  // Each call comes in a minute of its own, or the log would keep quiet about most of them.
  const minutes = ++calls;
  Date.now = () => now() + minutes * MINUTE;
  aws.asked.length = 0;
  aws.answers = hostile.answers;
  try {
    const result: unknown = JSON.parse(JSON.stringify((await call()) ?? null));
    return { result, lines, asked: [...aws.asked] };
  } finally {
    Date.now = now;
    for (const [level, write] of saved) console[level] = write;
  }
}
