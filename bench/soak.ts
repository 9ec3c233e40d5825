/** `npm run soak [-- --days N --seed S --users U --json --write]`: lives through days of a deployment and judges them; exits 1 if a rule is broken. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";

import { toIso } from "../functions/domain/instant.ts";
import { figuresOf } from "./soak/figures.ts";
import { soakPage } from "./soak/page.ts";
import { soakReport } from "./soak/report.ts";
import { judge } from "./soak/rules.ts";
import { soak } from "./soak/run.ts";

const PAGE = join(import.meta.dirname, "../docs/soak.md");

interface Options {
  readonly days: number;
  readonly seed: number;
  readonly users: number;
  readonly json: boolean;
  readonly write: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("Write a number above zero.");
}

async function main({ days, seed, users, json, write }: Options): Promise<void> {
  const started = performance.now();
  console.error(`soak: seed ${seed}, ${days} days, ${users} users`);
  const soaked = await soak({
    ...{ seed, days, users },
    onHour: (now, { tally: { people, attackers }, bans }) => {
      const wrong = bans.filter(({ of }) => of === "benign").length;
      const calls = `${people} calls of people, ${attackers} of attackers`;
      console.error(`${toIso(now)}: ${calls}, ${bans.length} bans (${wrong} wrong), ${spent(started)}`);
    },
  });
  const figures = figuresOf(soaked);
  const violations = judge(figures);
  const took = spent(started);
  console.error(`soak: ${took}`);
  if (json) console.log(JSON.stringify({ ...figures, violations }));
  else console.log(soakReport(figures, violations));
  for (const { rule, what } of violations) console.error(`soak: ${rule}: ${what}`);
  if (write) writeFileSync(PAGE, soakPage(figures, violations, took));
  process.exitCode = violations.length > 0 ? 1 : 0;
}

function spent(started: number): string {
  const { user, system } = process.cpuUsage();
  return `${((performance.now() - started) / 60_000).toFixed(1)} minutes, ${((user + system) / 6e7).toFixed(1)} of processors`;
}

const command = new Command("soak")
  .option("--days <days>", "simulated days", positive, 7)
  .option("--seed <seed>", "draws everything that happens", positive, 1)
  .option("--users <users>", "people at home", positive, 120)
  .option("--json", "figures and violations as one JSON document", false)
  .option("--write", "write docs/soak.md", false);
await main(command.parse().opts<Options>());
