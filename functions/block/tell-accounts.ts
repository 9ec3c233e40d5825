/**
 * Tells people of accounts at risk: for a credential attack that is worth more than the block.
 *
 * Run twice  an account is told once in two days, however many rounds and patrols see it.
 * Gotcha     the mail goes out before it is noted: after a crash in between it is told twice, never not at all.
 */
import * as z from "zod";

import { type AccountAtRisk, accountKey } from "../domain/account.ts";
import { DAY, type Instant, toIso } from "../domain/instant.ts";
import type { Run } from "../domain/run.ts";
import { accountsNotice } from "./accounts-notice.ts";
import type { EvidenceStore, Topic } from "./ports.ts";

const TOLD_KEY = "runs/accounts-told.json";
/** Longer than the day for which the slow window shows an account. */
const KEPT = 2 * DAY;

const toldSchema = z.record(z.string(), z.string());

/** How many accounts were news. */
export async function tellAccounts(
  { evidence, topic }: { readonly evidence: EvidenceStore; readonly topic: Topic },
  run: Run,
  accounts: readonly AccountAtRisk[],
  now: Instant,
): Promise<number> {
  if (accounts.length === 0) return 0;
  const told = keptOf(toldSchema.catch({}).parse(await evidence.read(TOLD_KEY)), now);
  const news = accounts.filter((account) => told[accountKey(account)] === undefined);
  if (news.length === 0) return 0;
  await topic.publish(accountsNotice(run, news));
  const added = Object.fromEntries(news.map((account) => [accountKey(account), toIso(now)]));
  await evidence.write(TOLD_KEY, { ...told, ...added });
  return news.length;
}

function keptOf(told: Readonly<Record<string, string>>, now: Instant): Record<string, string> {
  return Object.fromEntries(Object.entries(told).filter(([, at]) => Date.parse(at) > now - KEPT));
}
