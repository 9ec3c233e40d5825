import { randomInt } from "node:crypto";

// Tests run as CommonJS (style: plain `npx jest`). Test files that boot the local world are few and slow:
// the synthesised templates are made once, in globalSetup.
const swc = [
  "@swc/jest",
  {
    jsc: { target: "es2023", parser: { syntax: "typescript" } },
    module: { type: "commonjs" },
    sourceMaps: "inline",
  },
];
/** Packages that are published as ES modules only. */
const modules = "(marked|github-slugger)/";

// Workers inherit it; test/block/faults draws its cases by it and says so.
process.env.PORTCULLIS_SEED ??= String(randomInt(1_000_000));

export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testPathIgnorePatterns: process.env.PORTCULLIS_CONFORMANCE ? [] : ["<rootDir>/test/conformance/"],
  transform: { "\\.ts$": swc, [`/node_modules/${modules}.*\\.js$`]: swc },
  transformIgnorePatterns: [`/node_modules/(?!${modules})`],
  testTimeout: 180_000,
  // Three, also on two cores: a scenario waits for its clock as long as it works.
  maxWorkers: 3,
  reporters: ["default", "<rootDir>/test/permissions/reporter.js"],
};
