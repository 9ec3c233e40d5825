import { join } from "node:path";

import type { BuildOptions } from "esbuild";

const root = join(import.meta.dirname, "..");

/** The bundle of the edge function, as infra/bundling.ts has it deployed. */
export const deployed = {
  entryPoints: [join(root, "functions/edge/handler.ts")],
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  minify: true,
  keepNames: true,
  metafile: true,
  write: false,
} as const satisfies BuildOptions;
