import { licenceProblems } from "../../scripts/supply-chain/licences.ts";
import { lockSchema } from "../../scripts/supply-chain/lock.ts";
import { lockfileProblems } from "../../scripts/supply-chain/lockfile.ts";

const integrity = `sha512-${"a".repeat(86)}==`;
const good = { version: "1.2.3", integrity, license: "MIT" };
const lockOf = (packages: Record<string, object>) => lockSchema.parse({ lockfileVersion: 3, packages });
const manifest = { name: "ours", dependencies: { zod: "4.6.7" }, devDependencies: { jest: "30.5.2" } };
const npmrc = "save-exact=true\nignore-scripts=true\n";
const reviewed = { installScripts: { esbuild: "works without" } };
const esbuild = { ...good, hasInstallScript: true };

function problemsOf(entry: object, over: Partial<{ manifest: typeof manifest; npmrc: string }> = {}) {
  const packages = lockOf({ "": { name: "ours" }, "node_modules/esbuild": esbuild, "node_modules/a": entry });
  return lockfileProblems(packages, over.manifest ?? manifest, over.npmrc ?? npmrc, reviewed);
}

test("a package with a version, an integrity and no script is fine", () => {
  expect(problemsOf(good)).toEqual([]);
});

test.each([
  { case: "from Git", entry: { ...good, resolved: "git+ssh://git@example.com/a.git#0123" }, problem: /not come from/ },
  { case: "from an address", entry: { ...good, resolved: "https://example.com/a.tgz" }, problem: /not come from/ },
  { case: "from a folder", entry: { link: true, resolved: "../a", version: "1.2.3", integrity }, problem: /not come/ },
  { case: "without an exact version", entry: { ...good, version: "^1.2.3" }, problem: /no exact version/ },
  { case: "without an integrity", entry: { version: "1.2.3", license: "MIT" }, problem: /has no integrity/ },
  { case: "with SHA-1", entry: { ...good, integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }, problem: /no SHA-512/ },
  {
    case: "with two hashes, of which one is weak",
    entry: { ...good, integrity: `${integrity} sha1-x` },
    problem: /SHA/,
  },
  { case: "with a script of its own", entry: { ...good, hasInstallScript: true }, problem: /nobody has reviewed/ },
])("a package $case is refused", ({ entry, problem }) => {
  expect(problemsOf(entry)).toEqual([expect.stringMatching(problem)]);
});

test.each([
  { case: "another system", entry: { os: ["darwin"] }, fine: true },
  { case: "another processor", entry: { os: ["linux"], cpu: ["arm64"] }, fine: true },
  { case: "another C library", entry: { os: ["linux"], cpu: ["x64"], libc: ["musl"] }, fine: true },
  { case: "the platform that deploys", entry: { os: ["linux"], cpu: ["x64"], libc: ["glibc"] }, fine: false },
  { case: "every platform", entry: {}, fine: false },
])("an optional package may lack its integrity only if it is for another platform: $case", ({ entry, fine }) => {
  expect(problemsOf({ version: "1.2.3", optional: true, ...entry })).toHaveLength(fine ? 0 : 1);
});

test.each(["^4.6.7", "latest", "github:example/zod", "file:../zod"])("%s in package.json is refused", (zod) => {
  expect(problemsOf(good, { manifest: { ...manifest, dependencies: { zod } } })).toHaveLength(1);
});

test("scripts stay off, and an exception that is not needed any more is told", () => {
  expect(problemsOf(good, { npmrc: "save-exact=true\n" })).toEqual([expect.stringMatching(/run scripts/)]);
  const without = lockOf({ "node_modules/a": good });
  expect(lockfileProblems(without, manifest, npmrc, reviewed)).toEqual([expect.stringMatching(/exception can go/)]);
});

test.each([
  { license: "MIT", fine: true },
  { license: "(MIT OR GPL-3.0-or-later)", fine: true },
  { license: "Apache-2.0 AND MIT", fine: true },
  { license: "MIT AND GPL-3.0-only", fine: false },
  { license: "GPL-3.0-only", fine: false },
  { license: "SEE LICENSE IN LICENSE.md", fine: false },
  { license: "(MIT AND (ISC OR GPL-3.0-only))", fine: false },
  { license: undefined, fine: false },
])("the licence $license is permissive: $fine", ({ license, fine }) => {
  const packages = lockOf({ "node_modules/a": { ...good, license } });
  expect(licenceProblems(packages, {})).toHaveLength(fine ? 0 : 1);
  expect(licenceProblems(packages, { a: "looked at" })).toHaveLength(fine ? 1 : 0);
});
