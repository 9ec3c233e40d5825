import base from "./jest.config.js";

/** What takes seconds or many draws: thousands of mutants cannot each wait for it. The gate runs it. */
const slow = [
  "block/(faults|model|storms|wire-storms|convergence|waf-ip-sets|dynamodb-)",
  "detect/(log-sets|row-limit|auth-calls|log-reading|dynamodb-)",
  ".*in-a-browser",
];

export default {
  ...base,
  roots: ["domain", "block", "detect", "report"].map((folder) => `<rootDir>/test/${folder}`),
  testPathIgnorePatterns: slow.map((name) => `<rootDir>/test/${name}`),
  reporters: [],
};
