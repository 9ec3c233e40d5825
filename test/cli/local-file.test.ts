import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseDeployment } from "../../functions/domain/deployment.ts";
import { demoConfig } from "../../local/demo/config.ts";
import { type LocalFile, readLocalFile, removeLocalFile, writeLocalFile } from "../../local/demo/local-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const url = "http://127.0.0.1:1/";
const aFile = (over: Partial<LocalFile> = {}): LocalFile => ({
  ...{ pid: process.pid, awsEndpoint: url, clockUrl: url, viewerUrl: url, poolUrl: url },
  config: parseDeployment(demoConfig("enforce"), "demo"),
  ...over,
});

test("a command finds the demo that runs in its folder", () => {
  writeLocalFile(folder, aFile());
  expect(readLocalFile(folder)).toEqual(aFile());
});

test("no demo, a dead one and a damaged file all say how to start one", () => {
  expect(() => readLocalFile(folder)).toThrow(/npx portcullis demo/);
  writeLocalFile(folder, aFile({ pid: 2 ** 22 + 1 }));
  expect(() => readLocalFile(folder)).toThrow(/npx portcullis demo/);
  writeLocalFile(folder, aFile({ awsEndpoint: "nowhere" }));
  expect(() => readLocalFile(folder)).toThrow(/npx portcullis demo/);
});

test("a demo that ends leaves the file of a newer one alone", () => {
  writeLocalFile(folder, aFile({ pid: process.ppid }));
  removeLocalFile(folder);
  expect(readLocalFile(folder).pid).toBe(process.ppid);
  writeLocalFile(folder, aFile());
  removeLocalFile(folder);
  expect(() => readLocalFile(folder)).toThrow(/npx portcullis demo/);
});
