import { sourceOf } from "../functions/block/operator.ts";
import { readDecisions } from "./aws/decisions.ts";
import type { ExplainFlags } from "./commands/seeing.ts";
import { openDesk, sceneInForce } from "./desk.ts";
import { readLooks } from "./explain/read-looks.ts";
import { storyOf } from "./explain/story.ts";
import { tellStory } from "./explain/tell.ts";
import { printJson, printText } from "./output.ts";
import { withProgress } from "./progress.ts";
import { readStanding } from "./standing.ts";

export async function explain(text: string, flags: ExplainFlags): Promise<void> {
  const source = sourceOf(text);
  const desk = await openDesk(flags);
  const now = desk.ports.timing.now();
  const [ban, standing, decisions, { policy }] = await Promise.all([
    desk.ports.bans.getBan(source),
    readStanding(desk, source),
    readDecisions(desk.ledger, source, flags.days, now),
    sceneInForce(desk),
  ]);
  const strikes = ban?.strikes ?? 0;
  const seen = await withProgress("asking the logs", () =>
    readLooks(desk, { source, strikes, policy }, flags.at ?? now),
  );
  const story = storyOf({ source, ban, standing, decisions, ...seen, policy });
  if (flags.json) return printJson(story);
  await printText(tellStory(story, now));
}
