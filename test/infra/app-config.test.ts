import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { aFolder } from "./builders.ts";

function synthesise(text: string) {
  const folder = aFolder();
  const file = join(folder, "portcullis.config.json");
  writeFileSync(file, text);
  const env = { ...process.env, PORTCULLIS_CONFIG: file, CDK_OUTDIR: join(folder, "out"), NODE_OPTIONS: "" };
  const run = spawnSync(process.execPath, ["--import", "tsx", "infra/app.ts"], { cwd: join(__dirname, "../.."), env });
  return { code: run.status, said: run.stderr.toString().replaceAll(file, "FILE") };
}

test("a config that cannot be used ends the synthesis with every problem, in words and nothing else", () => {
  const config = { account: "12", userPool: { id: "eu-west-1_Ab12Cd34E", clientIds: [] }, thresholds: [50, 50] };
  const { code, said } = synthesise(JSON.stringify(config));
  expect(code).toBe(1);
  expect(said.trim().split("\n")).toEqual([
    "FILE cannot be used:",
    "  - account: must be the 12 digits of an AWS account",
    expect.stringMatching(/^ {2}- userPool\.clientIds: /),
    "  - thresholds: a percentage stands twice",
  ]);
}, 60_000);

test("a file that is no JSON is named", () => {
  const { code, said } = synthesise("{ account: 1 }");
  expect(code).toBe(1);
  expect(said).toMatch(/^FILE cannot be read:\n {2}- .*JSON/);
}, 60_000);
