import { existsSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

const root = join(import.meta.dirname, "..", "..");
const worker = "local/lambda/worker.ts";

export interface Bundles {
  readonly worker: string;
  /** The bundle of a handler's source file; undefined if there is no such file. */
  of(entry: string): string | undefined;
}

/**
 * Bundles handlers with the settings of the deployment (infra/bundling.ts), so that what esbuild makes of a name or
 * an import shows up here too; but for speed all at once and not minified.
 */
export async function bundleHandlers(entries: readonly string[], folder: string): Promise<Bundles> {
  const present = [...new Set(entries)].filter((entry) => existsSync(join(root, entry)));
  await build({
    absWorkingDir: root,
    entryPoints: [...present, worker].map((entry) => ({ in: join(root, entry), out: outName(entry) })),
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    keepNames: true,
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "silent",
  });
  const fileOf = (entry: string) => join(folder, `${outName(entry)}.cjs`);
  return { worker: fileOf(worker), of: (entry) => (present.includes(entry) ? fileOf(entry) : undefined) };
}

function outName(entry: string): string {
  return entry.replaceAll("/", "-").replace(/\.ts$/, "");
}
