import { type Command, InvalidArgumentError } from "commander";

import { formatCidr } from "../functions/domain/cidr.ts";
import { fromIso, type Instant } from "../functions/domain/instant.ts";
import { parseSource } from "../functions/domain/source.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { printJson, printText } from "./output.ts";
import { withProgress } from "./progress.ts";

interface ExplainFlags extends DeskFlags {
  readonly at?: Instant;
  readonly days: number;
}

export function registerExplain(program: Command): void {
  deskOptions(
    program
      .command("explain")
      .description("one source's whole story: bans, who decided what, its calls, and how near it is to each detection")
      .argument("<source>", "an address or a range", canonical),
  )
    .option("--at <time>", "look at the logs as a run would have then; now by default", instant)
    .option("--days <n>", "how many days of decisions", wholeDays, 14)
    .addHelpText("after", "\nThe logs are read by Athena, as in a run.")
    .action(run);
}

async function run(source: string, flags: ExplainFlags): Promise<void> {
  const { openDesk, sceneInForce } = await import("./desk.ts");
  const { readDecisions } = await import("./aws/decisions.ts");
  const { readLooks } = await import("./explain/read-looks.ts");
  const { storyOf } = await import("./explain/story.ts");
  const { tellStory } = await import("./explain/tell.ts");
  const desk = await openDesk(flags);
  const now = desk.ports.timing.now();
  const [ban, decisions, { policy }] = await Promise.all([
    desk.ports.bans.getBan(source),
    readDecisions(desk.ledger, source, flags.days, now),
    sceneInForce(desk),
  ]);
  const strikes = ban?.strikes ?? 0;
  const seen = await withProgress("asking the logs", () =>
    readLooks(desk, { source, strikes, policy }, flags.at ?? now),
  );
  const story = storyOf({ source, ban, decisions, ...seen, policy });
  if (flags.json) return printJson(story);
  await printText(tellStory(story, now));
}

function canonical(text: string): string {
  const source = parseSource(text);
  if (source === null)
    throw new InvalidArgumentError("Write an address or a CIDR, like 198.51.100.7 or 2001:db8::/64.");
  return formatCidr(source);
}

function instant(text: string): Instant {
  const at = fromIso(text);
  if (at === null) throw new InvalidArgumentError("Write an ISO 8601 time with its zone, like 2026-11-22T10:10:00Z.");
  return at;
}

function wholeDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 400) return days;
  throw new InvalidArgumentError("Write a whole number of days from 1 to 400.");
}
