/** One account behind the wire and the real handlers, loaded once and warm, on virtual time. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ledgerSide } from "../../../functions/block/aws/block-side.ts";
import { ledgerTable } from "../../../functions/block/aws/dynamodb-items.ts";
import { approvalKey } from "../../../functions/block/aws/secrets.ts";
import type { DecisionRecord } from "../../../functions/domain/decision.ts";
import type { FunctionId } from "../../../functions/domain/environment.ts";
import { toIso } from "../../../functions/domain/instant.ts";
import type { AwsService } from "../../../local/ports.ts";
import { createLedgerTable } from "../../contracts/ledger-table.ts";
import { type Account, startAccount } from "./account.ts";
import { environment, TABLE } from "./environment.ts";
import { drive, fakeTime, rest } from "./virtual-time.ts";
import { startWire } from "./wire.ts";

type Handler = (event: unknown) => Promise<unknown>;
/** The functions of the machines, the page and the sweep. `operator` is the command line, which does by its own process what others do as functions. */
export type HandlerName = (typeof functions)[number] | "operator";
const functions = [
  ...(["admit", "watch", "score", "rollup", "sensors", "gates", "plan"] as const),
  ...(["apply", "sweep", "ask", "approval", "notify", "report"] as const),
] satisfies readonly FunctionId[];

export interface RunEnd {
  readonly result?: unknown;
  /** What the state machine would see: `Sandbox.Timedout` where the process died. */
  readonly error?: string;
  readonly message?: string;
}

export type Deployment = Awaited<ReturnType<typeof startDeployment>>;

/** Loads the handlers once, as a warm Lambda would; `begin` gives them an account that is new. */
export async function startDeployment(start: number) {
  const wire = await startWire();
  Object.assign(process.env, environment, { AWS_ENDPOINT_URL: wire.url });
  fakeTime(start);
  const log: string[] = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => void log.push(line));
  jest.spyOn(console, "error").mockImplementation((line: string) => void log.push(line));
  const handlers = await loadHandlers();
  const ledger = ledgerSide(TABLE);
  const folder = mkdtempSync(join(tmpdir(), "portcullis-faults-"));
  let accounts = 0;
  let account: Account | null = null;
  const timed = <T>(work: () => Promise<T>) => drive(wire.isBusy, work);

  async function invoke(name: HandlerName, event: unknown = {}): Promise<RunEnd> {
    try {
      return { result: await handlers[name](event) };
    } catch (error) {
      if (wire.died()) return { error: "Sandbox.Timedout" };
      const { name = "unknown", message = "" } = Object(error);
      return { error: name, message };
    } finally {
      wire.revive();
    }
  }

  return {
    wire,
    ledger,
    timed,
    /** The record of a day's decisions. */
    recordOf: async (at: number): Promise<DecisionRecord[]> => {
      const day = { ":day": { S: `LOG#${toIso(at).slice(0, 10)}` } };
      const query = { KeyConditionExpression: "pk = :day", ExpressionAttributeValues: day };
      return (await timed(() => ledgerTable(TABLE).query(query))).map((item) => JSON.parse(item["doc"]?.S ?? "{}"));
    },
    /** What links to the page are signed with. */
    approvalKey: () => timed(() => approvalKey(environment.APPROVAL_KEY_ARN).read()),
    /** What the handlers logged since the account is new. */
    told: () => log.map((line) => JSON.parse(line)),
    account: (): Account => {
      if (!account) throw new Error("no account yet");
      return account;
    },
    /** `lines` stand in the machine-owned IPv4 set. */
    begin: async (lines: readonly string[] = [], more: Readonly<Record<string, AwsService>> = {}) => {
      wire.arm(null);
      await account?.stop();
      log.length = 0;
      const next = await timed(() => startAccount(join(folder, String(++accounts)), lines, more));
      account = next;
      wire.connect(next.urlOf);
      await timed(() => createLedgerTable(TABLE, {}));
      // dynalite's table is active a timer after it was made.
      await rest();
    },
    /** Within a time that something else drives. */
    invoke,
    run: (name: HandlerName, event?: unknown): Promise<RunEnd> => timed(() => invoke(name, event)),
    pass: (milliseconds: number) => {
      jest.setSystemTime(Date.now() + milliseconds);
    },
    stop: async () => {
      await account?.stop();
      await wire.stop();
      rmSync(folder, { recursive: true });
      jest.useRealTimers();
      jest.restoreAllMocks();
    },
  };
}

async function loadHandlers(): Promise<Readonly<Record<HandlerName, Handler>>> {
  return {
    admit: (await import("../../../functions/detect/admit-handler.ts")).handler,
    watch: (await import("../../../functions/detect/watch-handler.ts")).handler,
    score: (await import("../../../functions/detect/score-handler.ts")).handler,
    rollup: (await import("../../../functions/detect/rollup-handler.ts")).handler,
    sensors: (await import("../../../functions/detect/sensors-handler.ts")).handler,
    gates: (await import("../../../functions/edge/gates-handler.ts")).handler,
    plan: (await import("../../../functions/block/plan-handler.ts")).handler,
    apply: (await import("../../../functions/block/apply-handler.ts")).handler,
    sweep: (await import("../../../functions/block/sweep-handler.ts")).handler,
    ask: (await import("../../../functions/block/ask-handler.ts")).handler,
    approval: (await import("../../../functions/block/approval-handler.ts")).handler,
    notify: (await import("../../../functions/block/notify-handler.ts")).handler,
    report: (await import("../../../functions/block/report-handler.ts")).handler,
    operator: (await import("./operator-desk.ts")).operate,
  };
}
