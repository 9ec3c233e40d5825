/** Tells people of accounts at risk, each account once: for a credential attack that is worth more than the block. */
import { type AccountAtRisk, accountKey } from "../domain/account.ts";
import type { Instant } from "../domain/instant.ts";
import type { Run } from "../domain/run.ts";
import { accountsNotice } from "./accounts-notice.ts";
import type { EvidenceStore, SharedDocuments, Topic } from "./ports.ts";
import { noteTold, readTold } from "./told.ts";

const REGISTER = "runs/accounts-told.json";

/** How many accounts were news. */
export async function tellAccounts(
  { evidence, topic }: { readonly evidence: EvidenceStore & SharedDocuments; readonly topic: Topic },
  run: Run,
  accounts: readonly AccountAtRisk[],
  now: Instant,
): Promise<number> {
  if (accounts.length === 0) return 0;
  const told = await readTold(evidence, REGISTER, now);
  const news = accounts.filter((account) => told[accountKey(account)] === undefined);
  if (news.length === 0) return 0;
  await topic.publish(accountsNotice(run, news));
  await noteTold(evidence, REGISTER, news.map(accountKey), now);
  return news.length;
}
