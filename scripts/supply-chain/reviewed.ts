/** Exceptions that somebody has looked at, each with why. One that is not needed any more fails the check, too. */
import type { ReviewedAdvisory } from "./audit.ts";

export const reviewedAdvisories: readonly ReviewedAdvisory[] = [];

/** Licences that are not permissive. */
export const reviewedLicences: Readonly<Record<string, string>> = {
  argparse: "Python-2.0: permissive all the same; reads the YAML options of Mocha, part of nothing that is deployed",
  "axe-core": "MPL-2.0: used unchanged, in tests only",
  "caniuse-lite": "CC-BY-4.0: a table that Jest's tools read, part of nothing that is deployed",
};

/** Packages with an install script, which never runs. */
export const reviewedInstallScripts: Readonly<Record<string, string>> = {
  "@parcel/watcher": "builds what its optional packages bring as binaries",
  "@swc/core": "only looks whether the binary can be loaded",
  "classic-level": "builds what it brings as binaries itself",
  esbuild: "makes its start faster; the binary comes as an optional package",
};
