/** Commands of the documents that need no deployment, run as they stand there. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

import { run } from "../cli/run-command.ts";
import { commandLines } from "./command-lines.ts";
import { documents, root } from "./documents.ts";

const lines = documents
  .flatMap((document) => commandLines(document, "npx portcullis"))
  .filter(({ whole }) => whole)
  .filter(
    ({ line }) =>
      /portcullis (cost|analyze|backtest|policy test .*--against) /.test(line) ||
      /config snippets.* --domain/.test(line),
  );

const before = process.cwd();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-documents-"));
  cpSync(join(root, "portcullis.config.example.json"), join(folder, "portcullis.config.json"));
  const spray = join(root, "functions/detect/detections/password-spray/cases/twelve-users");
  const put = (from: string, to: string) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    writeFileSync(join(folder, to), gzipSync(readFileSync(join(spray, from))));
  };
  put("edge.log", "logs/waf/2026/11/22/edge.log.gz");
  put("trail.log", "logs/trail/2026/11/22/trail.json.gz");
  for (const name of ["old.json", "new.json", "policy.json"]) writeFileSync(join(folder, name), "{}");
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  process.exitCode = undefined;
  rmSync(folder, { recursive: true, force: true });
});

test("there are such commands", () => {
  expect(new Set(lines.map(({ words }) => words[2]))).toEqual(
    new Set(["analyze", "backtest", "cost", "config", "policy"]),
  );
});

test.each(lines)("$document: $line", async ({ words }) => {
  const { code, out } = await run(...words.slice(2));
  expect({ code, said: out.length > 0 }).toEqual({ code: 0, said: true });
  const page = words[words.indexOf("--html") + 1];
  if (words.includes("--html")) expect(existsSync(join(folder, page ?? ""))).toBe(true);
});
