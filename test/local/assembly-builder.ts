import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Assembly, readAssembly } from "../../local/template.ts";

export interface StackSketch {
  readonly name?: string;
  readonly region?: string;
  readonly account?: string;
  readonly template?: Record<string, unknown>;
  readonly resources?: Record<string, unknown>;
}

/** Reads stacks that a test writes down, as the synthesised ones are read. */
export function anAssembly(...stacks: readonly StackSketch[]): Assembly {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-assembly-"));
  const artifacts: Record<string, unknown> = { Tree: { type: "cdk:tree" } };
  for (const { name = "edge", region = "us-east-1", account = "111122223333", template, resources } of stacks) {
    const templateFile = `${name}.template.json`;
    writeFileSync(join(folder, templateFile), JSON.stringify({ Resources: resources ?? {}, ...template }));
    artifacts[name] = {
      type: "aws:cloudformation:stack",
      environment: `aws://${account}/${region}`,
      properties: { templateFile, stackName: name },
    };
  }
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ version: "43.0.0", artifacts }));
  try {
    return readAssembly(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
