import type { NotOurs, Run } from "../domain/run.ts";
import { counted } from "../domain/wording.ts";
import { type NoticeText, noticeOf } from "./notice-text.ts";

/** Why a run is over although its alarm may be on: whose calls use the quota. */
export function notOursNotice(run: Run & { readonly notOurs: NotOurs }, runbookUrl: string): NoticeText {
  const { calls, theirs, completeTo, others } = run.notOurs;
  return noticeOf(
    `${run.category} is used by others, nobody was banned`,
    [
      `The alarm ${run.alarmName ?? run.trigger} is not about this user pool: of ${counted(calls, `${run.category} call`)} that` +
        ` CloudWatch counted in this account and Region, CloudTrail shows ${theirs} of other app clients or pools` +
        ` (${Math.floor((100 * theirs) / calls)} %; looked at up to ${completeTo}).`,
      "The quota is one for all pools of the account: users of this pool may be throttled all the same.",
      "",
      ...others.map(({ name, calls: made }) => `- ${name}: ${counted(made, "call")}`),
      "",
      `Run ${run.runId} found nobody to ban in round ${run.round} and is over. A new alarm and the patrol look again.`,
      { own: `Runbook: ${runbookUrl}#when-the-quota-is-used-by-others` },
    ],
    run.runId,
  );
}
