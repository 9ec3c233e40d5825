/** What every command line waits for before it is even read. */
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");

test("help, version and wrong usage load commander and colours, and neither SDK, DuckDB nor schemas", async () => {
  const { metafile } = await build({
    ...{ entryPoints: ["cli/main.ts"], absWorkingDir: root, outdir: "none", write: false, metafile: true },
    ...{ bundle: true, splitting: true, platform: "node", format: "esm", packages: "external", logLevel: "error" },
  });
  const packages = new Set<string>();
  const files = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? [])
      if (kind === "import-statement") external ? packages.add(path) : visit(path);
  };
  visit("cli/main.ts");
  expect([...packages].filter((name) => !name.startsWith("node:")).sort()).toEqual(["commander", "picocolors"]);
  expect(files.size).toBeLessThan(30);
}, 30_000);
