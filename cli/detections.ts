/** `npm run detections`: writes docs/detections.md from the detections themselves; `--check` fails if it is stale. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import {
  type Detection,
  type LogSet,
  logSets,
  overrideNames,
  type Reach,
  windowsOf,
} from "../functions/detect/detection.ts";
import { detections } from "../functions/detect/detections/index.ts";
import { keepGenerated } from "./generated-file.ts";

const root = join(import.meta.dirname, "..");

/** The page as it should be. */
export function detectionsPage(): string {
  return [
    "# Detections",
    "",
    "Made by `npm run detections` from `functions/detect/detections/`; do not edit.",
    "",
    "Each detection looks at the profile of one source, of a range or of a fingerprint in one window: ten minutes (short)",
    "or a day (slow). What fires gives a severity from 0 to 1, and score = round(100 · (1 − Π(1 − weight · severity))). From 70 a source is banned,",
    "from 40 watched, unless the policy says otherwise. A policy overrides a number below by its name:",
    '`{"detections": {"password-spray": {"banAt": 20, "slowBanAt": 60, "weight": 0.9}}}`.',
    "",
    "## Which logs each works with",
    "",
    "What comes of a clear case, with the logs at hand complete: **ban** hands-off; **person**, a ban or a rate rule that",
    "a person decides on; **watch** at most; or nothing (–). A deployment knows the gate in the token, so CloudTrail",
    "alone finds the true callers. `analyze` over files needs WAF logs beside it for that, and sees direct calls only",
    "where there are none. The table is held against the cases by a test.",
    "",
    `| detection | ${logSets.map((set) => logNames[set]).join(" | ")} |`,
    `|---|${logSets.map(() => "---|").join("")}`,
    ...detections.map(
      ({ id, reach }) => `| [${id}](#${anchorOf(id)}) | ${logSets.map((set) => reachNames[reach[set]]).join(" | ")} |`,
    ),
    "",
    ...detections.flatMap(section),
  ].join("\n");
}

const logNames: Readonly<Record<LogSet, string>> = {
  "waf + cloudtrail": "WAF + CloudTrail",
  "cloudfront + cloudtrail": "CloudFront + CloudTrail",
  cloudtrail: "CloudTrail only",
  waf: "WAF only",
};
const reachNames: Readonly<Record<Reach, string>> = { ban: "ban", person: "person", watch: "watch", none: "–" };

/** GitHub's anchor of a section's heading. */
function anchorOf(id: string): string {
  const title = detections.find((detection) => detection.id === id)?.title ?? "";
  return `${id}-${title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-")}`;
}

const scopeNames = {
  source: "one source",
  range: "an IPv4 /24 or IPv6 /48",
  fingerprint: "all callers with one TLS fingerprint (JA4)",
} as const;

function section(detection: Detection): string[] {
  const { id, title, meaning, operations, mitre, confidence, weight, needs, basis, gaps } = detection;
  return [
    `## ${id}: ${title}`,
    "",
    meaning,
    "",
    "| | |",
    "|---|---|",
    `| Judges | ${scopeNames[detection.scope ?? "source"]}, ${windowsOf(detection).join(" and ")} window |`,
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
        `| ${overrideNames(detection, name)
          .map((override) => `\`${override}\``)
          .join(", ")} | ${inWindow(detection, "short", short)} | ${inWindow(detection, "slow", slow)} | ${what} |`,
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

function inWindow(detection: Detection, size: "short" | "slow", value: number): string {
  return windowsOf(detection).includes(size) ? String(value) : "–";
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
  keepGenerated("docs/detections.md", detectionsPage(), { args, by: "npm run detections" });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
