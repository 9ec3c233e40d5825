import { formatCidr } from "../functions/domain/cidr.ts";
import { printable } from "../functions/domain/printable.ts";
import { parseSource } from "../functions/domain/source.ts";
import { readDecisions } from "./aws/decisions.ts";
import type { ExplainFlags } from "./commands/seeing.ts";
import { openDesk, sceneInForce } from "./desk.ts";
import { UsageError } from "./exit.ts";
import { readLooks } from "./explain/read-looks.ts";
import { storyOf } from "./explain/story.ts";
import { tellStory } from "./explain/tell.ts";
import { printJson, printText } from "./output.ts";
import { withProgress } from "./progress.ts";

export async function explain(text: string, flags: ExplainFlags): Promise<void> {
  const source = canonical(text);
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
    throw new UsageError(
      `${printable(text)} is no source. Write an address or a CIDR, like 198.51.100.7 or 2001:db8::/64.`,
    );
  return formatCidr(source);
}
