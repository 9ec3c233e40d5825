/** `npm run decisions`: writes docs/adr/README.md, the index of the decisions; `--check` fails if it is stale. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { keepGenerated } from "../cli/generated-file.ts";

const folder = join(import.meta.dirname, "../docs/adr");
const decisions = readdirSync(folder)
  .filter((file) => /^\d{4}-.*\.md$/.test(file))
  .sort()
  .map((file) => {
    const [, number = "", title = ""] = /^# (\d+)\. (.+)$/m.exec(readFileSync(join(folder, file), "utf8")) ?? [];
    if (Number(number) !== Number(file.slice(0, 4))) throw new Error(`${file} begins with number ${number || "none"}`);
    return { file, number: Number(number), title };
  });

const taken = new Set(decisions.map(({ number }) => number));
const last = Math.max(...taken);
const free = Array.from({ length: last }, (_, index) => index + 1).filter((number) => !taken.has(number));

const page = [
  "# Decisions",
  "",
  "Made by `npm run decisions` from the pages of this folder; do not edit.",
  "",
  "What was decided about the shape of Portcullis where more than one way was open, a page each: status, context, decision, consequences. A",
  "decision that no longer holds keeps its page, and its status names the one that replaced it.",
  "",
  "| | decision |",
  "|---:|---|",
  ...decisions.map(({ file, number, title }) => `| ${number} | [${title}](${file}) |`),
  "",
  ...(free.length > 0
    ? [
        `No page was ever written under ${free.join(", ")}: a number is taken when the work begins, and`,
        "the work of these came to no decision that needs a page. They are not used again.",
        "",
      ]
    : []),
].join("\n");

keepGenerated("docs/adr/README.md", page, { args: process.argv.slice(2), by: "npm run decisions" });
