import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";
import * as z from "zod";

import { type BuildCache, buildCache, digestOf, projectRoot, UNSETTLED } from "../build-cache.ts";

const worker = "local/lambda/worker.ts";

export interface Bundles {
  readonly worker: string;
  /** The bundle of a handler's source file; undefined if there is no such file. */
  of(entry: string): string | undefined;
}

/**
 * Bundles handlers with the settings of the deployment (infra/bundling.ts), so that what esbuild makes of a name or
 * an import shows up here too; but for speed all at once and not minified. Kept by the content of every file that
 * went in, the packages by the lock file.
 */
export async function bundleHandlers(entries: readonly string[]): Promise<Bundles> {
  const present = [...new Set(entries)].filter((entry) => existsSync(join(projectRoot, entry))).sort();
  const cache = buildCache("bundles");
  const kind = digestOf(["package-lock.json"], present.join());
  const folder =
    findBundles(cache, kind) ??
    (await cache.exclusively(kind, async () => findBundles(cache, kind) ?? (await makeBundles(cache, kind, present))));
  const fileOf = (entry: string) => join(folder, `${outName(entry)}.cjs`);
  return { worker: fileOf(worker), of: (entry) => (present.includes(entry) ? fileOf(entry) : undefined) };
}

/** The files that went into the last bundles of this kind lead to the bundles, if none of them has changed. */
function findBundles(cache: BuildCache, kind: string): string | undefined {
  const list = inputListOf(cache, kind);
  if (!existsSync(list)) return undefined;
  const inputs = z.array(z.string()).parse(JSON.parse(readFileSync(list, "utf8")));
  return cache.find(digestOf(inputs, kind));
}

function makeBundles(cache: BuildCache, kind: string, entries: readonly string[]): Promise<string> {
  return cache.publish(async (folder) => {
    const startedAt = Date.now();
    const { metafile } = await build({
      absWorkingDir: projectRoot,
      entryPoints: [...entries, worker].map((entry) => ({ in: join(projectRoot, entry), out: outName(entry) })),
      outdir: folder,
      outExtension: { ".js": ".cjs" },
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      keepNames: true,
      sourcemap: "linked",
      sourcesContent: false,
      metafile: true,
      logLevel: "silent",
    });
    const inputs = Object.keys(metafile.inputs).filter((file) => !file.includes("node_modules/"));
    if (inputs.some((file) => statSync(join(projectRoot, file)).mtimeMs >= startedAt)) return UNSETTLED;
    writeFileSync(inputListOf(cache, kind), JSON.stringify(inputs));
    return digestOf(inputs, kind);
  });
}

function inputListOf(cache: BuildCache, kind: string): string {
  return join(cache.folder, `${kind}.json`);
}

function outName(entry: string): string {
  return entry.replaceAll("/", "-").replace(/\.ts$/, "");
}
