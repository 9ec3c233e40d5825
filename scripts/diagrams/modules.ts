/** Which folder imports which, from the import graph that the bundler sees. Types leave no trace in it. */
import { build } from "esbuild";
import { globSync } from "tinyglobby";

import { projectRoot } from "../../local/build-cache.ts";
import { edgeLine, flowchart } from "./mermaid.ts";

const folders = [
  "functions/domain",
  "functions/edge",
  "functions/detect",
  "functions/block",
  "report",
  "infra",
  "local",
  "cli",
];

export async function modulesDiagram(): Promise<string> {
  const { metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: globSync(
      folders.map((folder) => `${folder}/**/*.ts`),
      { cwd: projectRoot },
    ).sort(),
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    outdir: "unwritten",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const edges = new Map<string, { from: string; to: string }>();
  for (const [file, { imports }] of Object.entries(metafile.inputs))
    for (const { path } of imports) {
      const [from, to] = [folderOf(file), folderOf(path)];
      if (from && to && from !== to) edges.set(`${from} ${to}`, { from, to });
    }
  const drawn = [...edges.values()].sort((a, b) => (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1));
  const ids = (folder: string) => folder.replaceAll("/", "_");
  return flowchart("TB", [
    ...folders.map((folder) => `${ids(folder)}["${folder}/"]`),
    ...drawn.map(({ from, to }) => edgeLine({ from: ids(from), to: ids(to) })),
  ]);
}

function folderOf(file: string): string | undefined {
  return folders.find((folder) => file.startsWith(`${folder}/`));
}
