/** A person's commands: whatever fails, they are given again or the sweep makes the sets equal to the ledger. */
import { MINUTE, toIso } from "../../../functions/domain/instant.ts";
import { aPlan, aPlannedBan, aRun, NOON } from "../builders.ts";
import { type Deployment, type RunEnd, startDeployment } from "./deployment.ts";
import { failEveryCall } from "./every-fault.ts";
import type { Order } from "./operator-desk.ts";
import { beginScene, due, expectAllOver, expectConverged, expectSound, fresh, known, type Seen } from "./scene.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

const add: Order = { add: { source: known, minutes: 60, reason: "ticket 42", targets: ["edge"] } };
const isBanned = ({ bans, lines }: Seen, source: string) =>
  bans.get(source)?.status === "active" && lines.includes(source);

interface Command {
  readonly order: Order;
  /** Who may stand in the sets. */
  readonly asked: readonly string[];
  readonly isDone: (seen: Seen) => boolean | Promise<boolean>;
  readonly before?: () => Promise<RunEnd>;
}

/** `run-1` bans `fresh`. */
function banInARun(): Promise<RunEnd> {
  const apply = [aPlannedBan({ source: fresh, targets: ["edge"], minutes: 60 })];
  const plan = aPlan({ apply, at: toIso(Date.now()), run: aRun({ runId: "run-1" }) });
  deployment.account().evidence.put("runs/run-1/1/plan.json", plan);
  return deployment.run("apply", { run: plan.run, planKey: "runs/run-1/1/plan.json", origin: "auto" });
}

const commands: Readonly<Record<string, Command>> = {
  "a ban by hand": { order: add, asked: [known], isDone: (seen) => isBanned(seen, known) },
  "a release": {
    before: banInARun,
    order: { release: fresh },
    asked: [fresh],
    isDone: ({ bans, lines }) => bans.get(fresh)?.status === "released" && !lines.includes(fresh),
  },
  "an undo": {
    before: banInARun,
    order: { undo: "run-1" },
    asked: [fresh],
    isDone: ({ bans, lines }) => bans.get(fresh)?.status === "released" && !lines.includes(fresh),
  },
  "a switch of the mode": {
    order: { mode: "paused" },
    asked: [],
    async isDone() {
      const told = (await deployment.recordOf(Date.now())).filter(({ event }) => event === "mode.changed");
      expect(told.length).toBeGreaterThan(0);
      return (await deployment.timed(() => deployment.ledger.control.mode())) === "paused";
    },
  },
};

test.each(Object.keys(commands))(
  "whatever fails in %s, given again it is done once",
  async (name) => {
    const { order, asked, isDone, before } = commands[name] ?? { order: add, asked: [], isDone: () => false };
    await failEveryCall(deployment, {
      ...{ name, handler: "operator", walks: Object.keys(commands).length },
      async begin() {
        await beginScene(deployment);
        expect((await before?.())?.error).toBeUndefined();
        return order;
      },
      async settle({ end, abandoned }) {
        await expectSound(deployment, asked);
        deployment.pass(MINUTE);
        if (end.error !== undefined && !abandoned)
          expect((await deployment.run("operator", order)).error).toBeUndefined();
        deployment.pass(MINUTE);
        expect((await deployment.run("sweep")).error).toBeUndefined();
        const seen = await expectConverged(deployment, asked);
        expect(seen.bans.get(due)?.status).toBe("released");
        if (!abandoned) expect(await isDone(seen)).toBe(true);
        expect(seen.bans.get(known)?.strikes).toBeLessThanOrEqual(2);
        await expectAllOver(deployment, asked);
      },
    });
  },
  600_000,
);
