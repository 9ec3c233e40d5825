import type { DemoFlags } from "./commands/trying.ts";
import { UsageError } from "./exit.ts";

export async function demo(flags: DemoFlags): Promise<void> {
  if (flags.json && !flags.once)
    throw new UsageError("--json needs --once: the document is written when the demo ends");
  // The local world is large; a wrong command line does not wait for it.
  const { runDemo } = await import("./demo-run.ts");
  process.exitCode = await runDemo(flags);
}
