/** `npm run detections`: writes docs/detections.md from the detections themselves; `--check` fails if it is stale. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { type Detection, slowName } from "../functions/detect/detection.ts";
import { detections } from "../functions/detect/detections/index.ts";

const root = join(import.meta.dirname, "..");

/** The page as it should be. */
export function detectionsPage(): string {
  return [
    "# Detections",
    "",
    "Made by `npm run detections` from `functions/detect/detections/`; do not edit.",
    "",
    "Each detection looks at the profile of one source in one window: ten minutes (short) or a day (slow). What fires",
    "gives a severity from 0 to 1, and score = round(100 · (1 − Π(1 − weight · severity))). From 70 a source is banned,",
    "from 40 watched, unless the policy says otherwise. A policy overrides a number below by its name:",
    '`{"detections": {"password-spray": {"banAt": 20, "slowBanAt": 60, "weight": 0.9}}}`.',
    "",
    ...detections.flatMap(section),
  ].join("\n");
}

function section(detection: Detection): string[] {
  const { id, title, meaning, operations, mitre, confidence, weight, needs, basis, gaps } = detection;
  return [
    `## ${id}: ${title}`,
    "",
    meaning,
    "",
    "| | |",
    "|---|---|",
    `| Operations | ${operations} |`,
    `| MITRE ATT&CK | ${mitre.id}, ${mitre.name} |`,
    `| Confidence | ${confidence}, weight ${weight} |`,
    `| Evidence | ${basis === "absolute" ? "absolute: stands on incomplete logs" : "a share: goes to a person while logs are incomplete"} |`,
    `| Needs | ${needs.join(", ")} |`,
    "",
    "| threshold | short | slow | meaning |",
    "|---|---|---|---|",
    ...Object.entries(detection.thresholds).map(
      ([name, { short, slow, meaning: what }]) =>
        `| \`${name}\`, \`${slowName(name)}\` | ${short} | ${slow} | ${what} |`,
    ),
    "",
    "Not seen:",
    "",
    ...gaps.map((gap) => `- ${gap}`),
    "",
    "Cases:",
    "",
    ...casesOf(id).map(({ kind, about }) => `- ${kind}: ${about}`),
    "",
  ];
}

interface Case {
  readonly kind: string;
  readonly about: string;
}

const order = ["fires", "near-miss", "benign"];

function casesOf(id: string): Case[] {
  const folder = join(root, "functions/detect/detections", id, "cases");
  if (!existsSync(folder)) return [];
  const cases = readdirSync(folder)
    .sort()
    .map((name): Case => JSON.parse(readFileSync(join(folder, name, "case.json"), "utf8")));
  return cases.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

function main(args: readonly string[]): void {
  const file = join(root, "docs/detections.md");
  if (!args.includes("--check")) writeFileSync(file, detectionsPage());
  else if (!existsSync(file) || readFileSync(file, "utf8") !== detectionsPage()) {
    process.stderr.write("docs/detections.md is stale: npm run detections\n");
    process.exitCode = 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
