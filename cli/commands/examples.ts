/** What stands at the end of each command's help. A test parses every line, and misses none. */
import type { Command } from "commander";

const trail = '--cloudtrail "logs/trail/**/*.gz"';
const logs = `--waf "logs/waf/**/*.gz" ${trail}`;

/** By the words that lead to the command. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  demo: ["demo", "demo --once --json --seed 7", "demo --mode approve"],
  analyze: [`analyze ${logs}`, `analyze ${trail} --from 2026-11-22T10:00Z --html report.html`],
  backtest: [`backtest ${logs}`, `backtest ${logs} --policy old.json --policy new.json`],
  status: ["status", "status --local --json"],
  explain: ["explain 198.51.100.7", "explain 2001:db8:1:2::7 --at 2026-11-22T10:10:00Z"],
  doctor: ["doctor", "doctor --probe --wait 30m"],
  "bans list": ["bans list", "bans list --local --json"],
  "bans add": [
    'bans add 198.51.100.7 --for 2h --reason "ticket 42"',
    "bans add 203.0.113.0/28 --for 7d --reason x --target edge",
  ],
  "bans release": ["bans release 198.51.100.7"],
  "bans undo": ["bans undo 2f6c1f0e-7d1c-4c5a-9b52-1d2f3a4b5c6d"],
  "approvals list": ["approvals list"],
  "approvals show": ["approvals show 3IB2fRw0_ZPIhiZ8zK3oHQ"],
  "approvals approve": ["approvals approve 3IB2fRw0_ZPIhiZ8zK3oHQ --of-version 1 --except 192.0.2.129"],
  "approvals reject": ['approvals reject 3IB2fRw0_ZPIhiZ8zK3oHQ --comment "our own load test"'],
  mode: ["mode", "mode approve", "mode enforce --force"],
  report: ["report", "report RUN --html report.html", "report RUN --json"],
  "policy show": ["policy show", "policy show --all", "policy show --stated > policy.json"],
  "policy diff": ["policy diff policy.json"],
  "policy test": [
    `policy test policy.json --config portcullis.config.json ${logs}`,
    `policy test policy.json --against old.json ${trail}`,
  ],
  "policy set": ["policy set policy.json", "policy set policy.json --yes", "policy set --deployed"],
  "config snippets": ["config snippets", "config snippets --for amplify-js"],
  "config quotas": ["config quotas"],
  "secret fill": ["secret fill"],
  cost: ["cost --calls-per-month 5e6"],
};

export function addExamples(command: Command, path: readonly string[] = []): void {
  const lines = examples[path.join(" ")] ?? [];
  const heading = lines.length === 1 ? "Example:" : "Examples:";
  if (lines.length > 0)
    command.addHelpText("after", ["", heading, ...lines.map((line) => `  portcullis ${line}`)].join("\n"));
  for (const below of command.commands) addExamples(below, [...path, below.name()]);
}
