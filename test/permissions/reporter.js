/**
 * Fails a run of all scenarios if they left a permission of the templates unused for which no reason is written down.
 * A reporter, for it alone knows that every worker's scenarios are over; a run of a few files tells nothing and is let be.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { tsImport } from "tsx/esm/api";

const SCENARIOS = resolve("test/scenarios");

export default class UnusedPermissions {
  constructor({ testNamePattern }) {
    this.isPartial = Boolean(testNamePattern);
  }

  onRunStart() {
    // Workers inherit it; a scenario that ends notes there what its world's roles have used.
    this.folder = mkdtempSync(join(tmpdir(), "portcullis-grants-"));
    process.env.PORTCULLIS_GRANTS = this.folder;
  }

  async onRunComplete(_contexts, { testResults }) {
    try {
      if (this.isPartial) return;
      const passed = new Set(testResults.filter(hasPassed).map(({ testFilePath }) => testFilePath));
      if (!scenarioFiles().every((file) => passed.has(file))) return;
      const { tellUnused } = await tsImport("./unused.ts", import.meta.url);
      const problem = tellUnused(this.folder);
      if (problem !== null) this.error = new Error(problem);
    } catch (error) {
      this.error = error;
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  getLastError() {
    return this.error;
  }
}

function hasPassed({ numFailingTests, testExecError, skipped }) {
  return numFailingTests === 0 && !testExecError && !skipped;
}

function scenarioFiles() {
  const files = readdirSync(SCENARIOS).filter((name) => name.endsWith(".test.ts"));
  return files.map((name) => join(SCENARIOS, name));
}
