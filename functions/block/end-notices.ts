/** Predicted against measured relief, in sentences, and the notice of a run that is over. */
import { type Instant, toIso } from "../domain/instant.ts";
import type { Run } from "../domain/run.ts";
import { counted } from "../domain/wording.ts";
import { type NoticeText, noticeOf } from "./notice-text.ts";
import { reportLine } from "./notices.ts";
import type { Relief } from "./relief.ts";

/** So many points, or so large a part, above what was predicted is worth a word. */
const NOTABLE = 0.1;

/** How much calls a minute are, in words: of the quota where it is known. */
function amounts(quotaPerSecond: number | null): (callsPerMinute: number) => string {
  if (quotaPerSecond === null) return (calls) => counted(Math.round(calls), "call");
  return (calls) => `${Math.round((100 * calls) / (60 * quotaPerSecond))} %`;
}

export function reliefSentences(run: Run, relief: Relief, quotaPerSecond: number | null): string[] {
  const amount = amounts(quotaPerSecond);
  const { sources, before, predicted, measured, busiest, firstAt } = relief;
  const what = quotaPerSecond === null ? `${run.category} calls a minute` : `Use of the ${run.category} quota`;
  const fall =
    predicted === null ? "how far it would fall was not predicted" : `predicted fall to ${amount(predicted)}`;
  const end = measured
    ? `measured ${amount(measured.calls)} (${timeOf(measured.window.from)} to ${timeOf(measured.window.to)})`
    : "not measured yet, CloudWatch has no minute after the bans";
  return [
    `${what}: ${amount(before)} before the first ban at ${timeOf(firstAt)}, ${fall}, ${end}.`,
    `The busiest minute was ${timeOf(busiest.at)} with ${amount(busiest.calls)}. ${counted(sources, "source was", "sources were")} banned by this run.`,
    ...(isWorse(relief)
      ? ["More is left than predicted: others call, too, or the logs showed a part only. See who: portcullis status."]
      : []),
  ];
}

function isWorse({ before, predicted, measured }: Relief): boolean {
  return measured !== null && predicted !== null && measured.calls > predicted + NOTABLE * before;
}

/** "fell from 92 % to 31 %" of what was measured; null where nothing was. */
function headline({ before, measured }: Relief, quotaPerSecond: number | null): string | null {
  if (!measured) return null;
  const amount = amounts(quotaPerSecond);
  const verb = measured.calls < before ? "fell" : "went";
  return `${verb} from ${amount(before)} to ${amount(measured.calls)}${quotaPerSecond === null ? " a minute" : ""}`;
}

/** The further notice of a run that has banned somebody: its alarm is over. */
export function overNotice(
  { run, reason }: { readonly run: Run; readonly reason: string },
  relief: Relief,
  quotaPerSecond: number | null,
  runbookUrl: string,
): NoticeText {
  const said = headline(relief, quotaPerSecond);
  return noticeOf(
    `the alarm is over: ${run.category}${said === null ? "" : ` ${said}`}`,
    [
      `Run ${run.runId} ends after round ${run.round}: ${reason}.`,
      `Alarm: ${run.alarmName ?? run.trigger}, category ${run.category}`,
      "",
      ...reliefSentences(run, relief, quotaPerSecond),
      "",
      "Bans end by themselves. See them: portcullis bans list",
      `Take them back: portcullis bans undo ${run.runId}`,
      reportLine(run),
      { own: `Runbook: ${runbookUrl}#predicted-and-measured-relief` },
    ],
    run.runId,
  );
}

/** The alarm is still on, and nobody looks any more but the patrol: that must not pass in silence. */
export function stoppedNotice(
  { run, reason, burning }: { readonly run: Run; readonly reason: string; readonly burning: readonly string[] },
  relief: readonly string[],
  runbookUrl: string,
): NoticeText {
  return noticeOf(
    `still in ALARM, but the run has stopped looking: ${run.category}`,
    [
      `Run ${run.runId} ends after round ${run.round}: ${reason}.`,
      `Still in ALARM: ${burning.join(", ")}`,
      "",
      ...relief,
      "What it has banned stays banned until it ends. The patrol looks every 30 minutes; a new run starts when an alarm fires" +
        " again, or when you start the machine by hand.",
      "See who is banned and what waits for a decision: portcullis bans list, portcullis approvals list",
      reportLine(run),
      { own: `Runbook: ${runbookUrl}` },
    ],
    run.runId,
  );
}

function timeOf(at: Instant): string {
  return `${toIso(at).slice(0, 16)}Z`;
}
