/**
 * Proves that the import rules of biome.json still bite: each planted violation, laid into an empty tree under
 * the path it pretends to have, must be refused. A rule that has gone silent fails `npm run check`.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const root = fileURLToPath(new URL("..", import.meta.url));
const planted = z
  .array(z.strictObject({ case: z.string(), path: z.string(), source: z.string() }))
  .parse(JSON.parse(readFileSync(join(root, "test/layers/planted.json"), "utf8")));
const lintReport = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});
const layerRules = ["lint/style/noRestrictedImports", "lint/style/useNodejsImportProtocol"];

/** Files that the layer rules refuse, by their path in the tree. */
function refusedPaths(tree: string): Set<string> {
  const biome = join(root, "node_modules/.bin/biome");
  const lint = spawnSync(biome, ["lint", "--vcs-enabled=false", "--max-diagnostics=none", "--reporter=json", "."], {
    cwd: tree,
    encoding: "utf8",
  });
  const { diagnostics } = lintReport.parse(JSON.parse(lint.stdout));
  return new Set(diagnostics.filter((d) => layerRules.includes(d.category)).map((d) => d.location.path));
}

const tree = mkdtempSync(join(tmpdir(), "portcullis-layers-"));
try {
  cpSync(join(root, "biome.json"), join(tree, "biome.json"));
  // A number before the suffix keeps two plantings under one path apart and leaves the path's meaning alone.
  const laid = planted.map((violation, index) => ({
    ...violation,
    path: violation.path.replace("planted", `planted${index}`),
  }));
  for (const { path, source } of laid) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), source);
  }
  const refused = refusedPaths(tree);
  const missed = laid.filter(({ path }) => !refused.has(path));
  for (const miss of missed) console.error(`not refused: ${miss.case} (${miss.path})`);
  console.log(`import rules: ${planted.length - missed.length} of ${planted.length} planted violations refused`);
  process.exitCode = missed.length === 0 ? 0 : 1;
} finally {
  rmSync(tree, { recursive: true, force: true });
}
