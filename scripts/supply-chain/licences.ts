/** Under which licences packages may come, those of development included, for whoever clones the project gets all of them. */
import { type LockedPackage, unneeded } from "./lock.ts";

const PERMISSIVE: ReadonlySet<string> = new Set([
  ...["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause"],
  ...["CC0-1.0", "ISC", "MIT"],
]);

export function licenceProblems(
  packages: readonly LockedPackage[],
  reviewed: Readonly<Record<string, string>>,
): string[] {
  const others = packages.filter(({ license }) => !isPermissive(license ?? ""));
  const needed = new Set(others.map(({ name }) => name));
  return [
    ...others
      .filter(({ name }) => !Object.hasOwn(reviewed, name))
      .map(({ path, license }) => `${path} comes under ${license ?? "no licence that it names"}`),
    ...unneeded(reviewed, needed).map((name) => `${name} needs no exception for its licence`),
  ];
}

/** An SPDX expression without inner parentheses; any other one is refused, for a person to look at. */
function isPermissive(expression: string): boolean {
  const inner = /^\(([^()]*)\)$/.exec(expression)?.[1] ?? expression;
  return inner.split(" OR ").some((choice) => choice.split(" AND ").every((each) => PERMISSIVE.has(each)));
}
