/** What a lockfile must be for `npm ci` to install, everywhere, what was reviewed, and to run nothing of it. */
import * as z from "zod";

import { type LockedPackage, unneeded } from "./lock.ts";

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

export const manifestSchema = z.object({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});
type Manifest = z.infer<typeof manifestSchema>;

interface Reviewed {
  readonly installScripts: Readonly<Record<string, string>>;
}

export function lockfileProblems(
  packages: readonly LockedPackage[],
  { dependencies, devDependencies }: Manifest,
  npmrc: string,
  { installScripts }: Reviewed,
): string[] {
  const scripts = new Set(packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name));
  return [
    ...Object.entries({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `${name} is ${version} in package.json: an exact version of the registry is wanted`),
    ...packages.flatMap((each) => problemsOf(each).map((problem) => `${each.path} ${problem}`)),
    ...[...scripts]
      .filter((name) => !Object.hasOwn(installScripts, name))
      .map((name) => `${name} wants to run a script as it is installed, and nobody has reviewed that it works without`),
    ...unneeded(installScripts, scripts).map((name) => `${name} has no install script: its exception can go`),
    ...(/^ignore-scripts=true$/m.test(npmrc) ? [] : [".npmrc lets packages run scripts as they are installed"]),
  ];
}

function problemsOf(each: LockedPackage): string[] {
  const problems: string[] = [];
  if (each.link || each.resolved !== undefined)
    problems.push("does not come from the registry by its name and version");
  if (!EXACT.test(each.version ?? "")) problems.push("has no exact version");
  if (each.integrity === undefined && !each.inBundle && !isForeign(each)) problems.push("has no integrity");
  if (each.integrity !== undefined && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(each.integrity))
    problems.push("has an integrity that is no SHA-512");
  return problems;
}

/** A binary for another platform than the one that tests, builds and deploys. */
export function isForeign({ optional, os = [], cpu = [], libc = [] }: LockedPackage): boolean {
  if (!optional || os.length + cpu.length === 0) return false;
  const misses = (wanted: readonly string[], ours: string) => wanted.length > 0 && !wanted.includes(ours);
  return misses(os, "linux") || misses(cpu, "x64") || misses(libc, "glibc");
}
