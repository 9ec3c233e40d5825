// `npm run mutate`: changes the pure code a little at a time and counts the changes that no test notices.
export default {
  testRunner: "jest",
  jest: { projectType: "custom", configFile: "jest.mutation.config.js" },
  coverageAnalysis: "perTest",
  // What runs at import, as tables and schemas do, is the same for every test: each such mutant would cost a whole run.
  ignoreStatic: true,
  // Stryker rewrites tsconfig.json with TypeScript's API, which version 7 has not got; swc reads none.
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
  thresholds: { high: 95, low: 85, break: 85 },
};
