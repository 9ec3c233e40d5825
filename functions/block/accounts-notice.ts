import type { AccountAtRisk } from "../domain/account.ts";
import type { Run } from "../domain/run.ts";
import { counted } from "../domain/wording.ts";
import { type NoticeText, noticeOf } from "./notice-text.ts";

const SHOWN = 50;

/** For a person to act on: no machine signs a user out. */
export function accountsNotice(run: Run, accounts: readonly AccountAtRisk[]): NoticeText {
  const shown = accounts.slice(0, SHOWN).map(lineOf);
  return noticeOf(
    `${counted(accounts.length, "account")} at risk: somebody may have found ${accounts.length === 1 ? "its password" : "their passwords"}`,
    [
      `${counted(accounts.length, "user")} got in from a source after it had failed for several others. Run ${run.runId}, round ${run.round}.`,
      "A ban does not help here: whoever got in stays in. Sign each user out and reset the password:",
      "  aws cognito-idp admin-user-global-sign-out --user-pool-id POOL --username SUB",
      "  aws cognito-idp admin-reset-user-password --user-pool-id POOL --username SUB",
      "",
      ...shown.map((line) => `- ${line}`),
      ...(accounts.length > SHOWN ? [`- and ${accounts.length - SHOWN} more in runs/${run.runId}/${run.round}/`] : []),
    ],
    run.runId,
  );
}

function lineOf({ sub, userTag, source, operation, at, failedUsersBefore }: AccountAtRisk): string {
  const who = sub === null ? `user tag ${userTag} (no log names its sub)` : `sub ${sub}`;
  return `${who}, by ${operation} from ${source} at ${at}, after ${counted(failedUsersBefore, "other user")}`;
}
