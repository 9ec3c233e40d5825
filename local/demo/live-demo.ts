/** The live page of a demo: what it shows, and what its reader may do. */
import { publicCategories } from "../../functions/domain/deployment.ts";
import type { MachinePlans } from "../../report/live-workflow.ts";
import { machineOf } from "../../report/machine.ts";
import { planMachine } from "../../report/machine-drawing.ts";
import type { Demo } from "./demo.ts";
import { liveState } from "./live.ts";
import { offers } from "./offers.ts";
import { measurePace } from "./pace.ts";
import type { PageServerOptions } from "./page-server.ts";
import type { Stage } from "./stage.ts";

export interface LiveDemoOptions {
  readonly seed: number;
  /** A demo that ends by itself is watched, not played with. */
  readonly once: boolean;
  readonly onFault: (error: unknown) => void;
}

export function livePageOf(
  stage: Stage,
  demo: Demo,
  { seed, once, onFault }: LiveDemoOptions,
): Omit<PageServerOptions, "port"> {
  const { thresholds } = stage.deployment;
  const categories = Object.keys(publicCategories);
  const speed = measurePace(stage.clock, () => performance.now());
  const mitigate = plansOf(stage.mitigateDefinition);
  const approve = plansOf(stage.approveDefinition);
  return {
    setting: { mitigate, approve, thresholds, seed, offers: once ? [] : offers },
    state: () => liveState({ stage, demo, thresholds, categories, speed }),
    report: stage.report,
    now: stage.clock.now,
    actions: once ? null : { switchMode: demo.switchMode, launch: (id) => demo.launch(id).offer.title, onFault },
  };
}

function plansOf(definition: unknown): MachinePlans {
  const machine = machineOf(definition);
  return { across: planMachine(machine, "across"), down: planMachine(machine, "down") };
}
