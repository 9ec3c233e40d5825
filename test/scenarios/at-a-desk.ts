/** Commands with `--local` find a scenario's world as they find a demo. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Desk, openDesk } from "../../cli/desk.ts";
import type { DeploymentInput } from "../../functions/domain/deployment.ts";
import { parseDeployment } from "../../functions/domain/deployment.ts";
import { writeLocalFile } from "../../local/demo/local-file.ts";
import type { Scenario } from "./builders.ts";

/** What docs/doctor.md tells to give to whoever asks; read before anybody sits down in another folder. */
export const doctorsPolicy: unknown = JSON.parse(
  /```json\n(.*?)\n```/s.exec(readFileSync("docs/doctor.md", "utf8"))?.[1] ?? "",
);

export interface AtADesk {
  /** On the world's clock. */
  open(): Promise<Desk>;
  leave(): void;
}

/** Works in a folder of its own until `leave`, as the operator or as one of the scenario's people. */
export function sitDown(scenario: Scenario, config: DeploymentInput, person?: string): AtADesk {
  const before = { folder: process.cwd(), environment: { ...process.env } };
  const folder = mkdtempSync(join(tmpdir(), "portcullis-desk-"));
  writeLocalFile(folder, {
    pid: process.pid,
    awsEndpoint: scenario.awsEndpoint,
    // A command that runs by itself reads the clock once; it gets the world's instant of now.
    clockUrl: `data:text/plain,${scenario.clock.now()}`,
    viewerUrl: scenario.viewerUrl,
    poolUrl: scenario.poolUrl,
    ...(person !== undefined && { accessKeyId: `role.${person}` }),
    config: parseDeployment(config, "the scenario's config"),
  });
  process.chdir(folder);
  return {
    async open() {
      const desk = await openDesk({ config: "", local: true });
      const timing = { ...desk.ports.timing, now: scenario.clock.now, pause: scenario.clock.wait };
      return { ...desk, ports: { ...desk.ports, timing } };
    },
    leave() {
      process.chdir(before.folder);
      process.env = { ...before.environment };
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
