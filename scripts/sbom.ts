/** `npm run sbom`: writes sbom.cdx.json (CycloneDX) of the lockfile, and fails if a package of it is missing there. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

import { lockSchema } from "./supply-chain/lock.ts";

const root = join(import.meta.dirname, "..");
const { name } = z.object({ name: z.string() }).parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
const locked = lockSchema.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));
const sbomSchema = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({ name: z.string() }) }),
  components: z.array(
    z.looseObject({ name: z.string(), version: z.string(), licenses: z.array(z.unknown()).min(1), purl: z.string() }),
  ),
});

const options = ["--sbom-format=cyclonedx", "--sbom-type=application", "--package-lock-only"];
const output = execFileSync("npm", ["sbom", ...options], { cwd: root, encoding: "utf8", maxBuffer: 64 * 2 ** 20 });
const sbom = sbomSchema.parse(JSON.parse(output));
// npm names the project after the folder that it happens to lie in.
sbom.metadata.component.name = name;

const named = new Set(sbom.components.map((each) => `${each.name}@${each.version}`));
// Of a package that is installed under another name npm writes now the one, now the other.
const missing = locked.filter((each) => ![each.name, each.alias].some((as) => named.has(`${as}@${each.version}`)));
if (missing.length > 0) throw new Error(`The SBOM lacks ${missing.map(({ path }) => path).join(", ")}`);
writeFileSync(join(root, "sbom.cdx.json"), `${JSON.stringify(sbom, null, 2)}\n`);
process.stdout.write(`sbom.cdx.json: ${sbom.components.length} components\n`);
