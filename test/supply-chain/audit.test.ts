/** What npm itself prints, asked of a registry on this machine that knows one advisory, or none. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { judgeAudit } from "../../scripts/supply-chain/audit.ts";

const TODAY = "2026-11-24";
const GHSA = "GHSA-aaaa-bbbb-cccc";
const advisory = {
  ...{ id: 1, url: `https://github.com/advisories/${GHSA}`, title: "Reads too much", severity: "high" },
  vulnerable_versions: "<2.0.0",
};

let server: Server | undefined;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-audit-"));
  const entry = { version: "1.0.0", integrity: `sha512-${"a".repeat(86)}==` };
  const root = { name: "ours", version: "1.0.0", dependencies: { leaky: "1.0.0" } };
  const lock = { ...root, lockfileVersion: 3, packages: { "": root, "node_modules/leaky": entry } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(root));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
});
afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

async function npmAudit(status: number, advisories: object): Promise<string> {
  const registry = createServer((request, response) => {
    const isBulk = request.url?.endsWith("/advisories/bulk");
    response.writeHead(isBulk ? status : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(isBulk ? advisories : {}));
  });
  server = registry;
  await new Promise<void>((done) => registry.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  const options = ["audit", "--json", "--package-lock-only", "--fetch-retries=0", `--registry=${url}`];
  return await new Promise((done) => {
    execFile("npm", options, { cwd: folder, encoding: "utf8" }, (_error, stdout) => done(stdout));
  });
}

test("an advisory fails until somebody has reviewed it, and again from the day that the review names", async () => {
  const output = await npmAudit(200, { leaky: [advisory] });
  const problem = `leaky: Reads too much (high, ${GHSA})`;
  const review = (until: string) => [{ id: GHSA, reason: "never called", until }];
  expect(judgeAudit(output, [], TODAY)).toEqual({ kind: "audited", problems: [problem] });
  expect(judgeAudit(output, review("2026-12-24"), TODAY)).toEqual({ kind: "audited", problems: [] });
  expect(judgeAudit(output, review(TODAY), TODAY)).toEqual({ kind: "audited", problems: [problem] });
});

test("an exception for what is reported no more is told", async () => {
  const output = await npmAudit(200, {});
  const review = [{ id: GHSA, reason: "never called", until: "2026-12-24" }];
  expect(judgeAudit(output, [], TODAY)).toEqual({ kind: "audited", problems: [] });
  expect(judgeAudit(output, review, TODAY)).toMatchObject({ problems: [expect.stringContaining(GHSA)] });
});

test("a registry that offers no advisories is a skip that says why, and names no host", async () => {
  const audited = judgeAudit(await npmAudit(405, {}), [], TODAY);
  expect(audited).toEqual({ kind: "skipped", why: expect.stringMatching(/^405 Method Not Allowed/) });
  expect(JSON.stringify(audited)).not.toContain("127.0.0.1");
});

test("a report of another form is no skip", () => {
  expect(() => judgeAudit('{"auditReportVersion":3,"vulnerabilities":{}}', [], TODAY)).toThrow(/auditReportVersion/);
});
