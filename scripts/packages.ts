/** `npm run check:packages`: lockfile and licences, without network. `npm run audit:packages`: known vulnerabilities. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { judgeAudit } from "./supply-chain/audit.ts";
import { licenceProblems } from "./supply-chain/licences.ts";
import { lockSchema } from "./supply-chain/lock.ts";
import { isForeign, lockfileProblems, manifestSchema } from "./supply-chain/lockfile.ts";
import { reviewedAdvisories, reviewedInstallScripts, reviewedLicences } from "./supply-chain/reviewed.ts";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

function check(): string[] {
  const packages = lockSchema.parse(JSON.parse(read("package-lock.json")));
  const manifest = manifestSchema.parse(JSON.parse(read("package.json")));
  const unsigned = packages.filter((each) => isForeign(each) && each.integrity === undefined);
  if (unsigned.length > 0)
    process.stderr.write(`${unsigned.length} binaries for other platforms than Linux on x64 have no integrity\n`);
  return [
    ...lockfileProblems(packages, manifest, read(".npmrc"), { installScripts: reviewedInstallScripts }),
    ...licenceProblems(packages, reviewedLicences),
  ];
}

function audit(): readonly string[] {
  const { stdout } = spawnSync("npm", ["audit", "--json"], { cwd: root, encoding: "utf8" });
  const audited = judgeAudit(stdout, reviewedAdvisories, new Date().toISOString().slice(0, 10));
  if (audited.kind === "audited") return audited.problems;
  process.stdout.write(`skipped: no advisories to compare with (${audited.why})\n`);
  return [];
}

const problems = process.argv.includes("--audit") ? audit() : check();
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
