// `npm run mutate`: changes the pure code a little at a time and counts the changes that no test notices.

/** What reads logs through DuckDB, boots local services or draws for seconds: thousands of mutants cannot each wait for it. */
const slow = {
  block: `model storms wire-storms convergence waf-ip-sets failing-services evidence-store prefix-lists dynamodb-ledger
    modes limits two-doors hostile-notices`,
  detect: `accounts-at-risk auth-calls auth-calls-sources client-gates cloudwatch-metrics cloudwatch-scans coverage-query
    crowd-definition detections dynamodb-leases dynamodb-rollups established-query fast-trail framing json-text log-reading
    log-sets look-alikes people-queries profiles-query registered-cells row-limit trail-scanner traps`,
};

export default {
  // Mocha keeps the tests loaded from one mutant to the next, which makes a mutant a matter of milliseconds.
  testRunner: "mocha",
  testRunnerNodeArgs: ["--import", "tsx"],
  mochaOptions: {
    require: ["./test/mutation/jest-on-mocha.cjs"],
    spec: ["domain", "detect", "block"].map((folder) => `test/${folder}/*.test.ts`),
    ignore: Object.entries(slow).flatMap(([folder, names]) =>
      names.split(/\s+/).map((name) => `test/${folder}/${name}.test.ts`),
    ),
  },
  coverageAnalysis: "perTest",
  // What runs at import, as tables and schemas do, is the same for every test: each such mutant would cost a whole run.
  ignoreStatic: true,
  // Stryker rewrites tsconfig.json with TypeScript's API, which version 7 has not got; tsx reads none.
  tsconfigFile: "none.json",
  mutate: ["functions/{domain,block,detect}/**/*.ts", "!functions/*/aws/**", "!functions/*/*-handler.ts"],
  incremental: true,
  incrementalFile: ".portcullis/mutation-incremental.json",
  tempDirName: ".portcullis/stryker",
  ignorePatterns: [".portcullis", "cdk.out", "docs"],
  reporters: ["clear-text", "json", "progress-append-only"],
  jsonReporter: { fileName: ".portcullis/mutation.json" },
  clearTextReporter: { logTests: false, allowColor: false },
  allowConsoleColors: false,
  concurrency: 1,
  timeoutMS: 5_000,
  dryRunTimeoutMinutes: 30,
  thresholds: { high: 95, low: 85, break: 85 },
};
