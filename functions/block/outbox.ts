/**
 * Outbox: notices that SNS did not take, until it does. Nobody waits for them, and none is lost.
 *
 * Kept        by whoever tells people, in place of an error that would hold a run up and in the end be given up.
 * Sent        by the sweep, after the IP sets, the oldest first.
 * Run twice   at least once: a sweep that dies between sending and noting sends again, and so may one that overlaps. A
 *             notice keeps its id, by which the same is kept once.
 * Gotcha      where the ledger does not answer either, the error is the caller's as before, and it tries again.
 */
import { createHash } from "node:crypto";

import { type Instant, toIso } from "../domain/instant.ts";
import type { NoticeText } from "./notice-text.ts";
import type { KeptNotice, Outbox, Timing, Topic } from "./ports.ts";

/** A notice that is refused for good must not stand before the others, nor a hanging SNS hold the sweep up. */
const MOST_A_SWEEP = 20;
const MOST_FAILURES = 3;

export interface LastingPorts {
  readonly topic: Topic;
  readonly outbox: Pick<Outbox, "keep">;
  readonly timing: Pick<Timing, "now">;
  /** One structured event for each notice that is kept. */
  readonly log: (event: object) => void;
}

export function lastingTopic({ topic, outbox, timing, log }: LastingPorts): Topic {
  return {
    async publish(notice) {
      try {
        await topic.publish(notice);
      } catch (error) {
        const id = idOf(notice);
        await outbox.keep({ id, at: timing.now(), notice });
        const why = error instanceof Error ? error.name : "no answer";
        log({ event: "notice.kept", id, subject: notice.subject, why });
      }
    },
  };
}

export async function sendKept(
  { outbox, topic }: { readonly outbox: Outbox; readonly topic: Topic },
  now: Instant,
): Promise<{ sent: number; waiting: number }> {
  const kept = await outbox.kept();
  let [sent, failures] = [0, 0];
  for (const each of kept.slice(0, MOST_A_SWEEP)) {
    if (failures === MOST_FAILURES) break;
    if (await isTaken(topic, each)) {
      await outbox.sent(each.id, now);
      sent += 1;
    } else failures += 1;
  }
  return { sent, waiting: kept.length - sent };
}

async function isTaken(topic: Topic, { at, notice }: KeptNotice): Promise<boolean> {
  try {
    await topic.publish(dated(notice, at));
    return true;
  } catch {
    return false;
  }
}

/** What is said in it, such as until when to decide, was said then. */
function dated(notice: NoticeText, at: Instant): NoticeText {
  const late = `This notice is of ${toIso(at)}: it could not be sent before.\n\n`;
  const { content } = notice.chat;
  return {
    ...notice,
    text: `${late}${notice.text}`,
    chat: { ...notice.chat, content: { ...content, description: `${late}${content.description}` } },
  };
}

function idOf({ subject, text }: NoticeText): string {
  return createHash("sha256").update(`${subject}\n${text}`).digest("hex").slice(0, 32);
}
