/**
 * Outbox: notices that SNS did not take, until it does. Nobody waits for them, and none is lost.
 *
 * Kept        by whoever tells people, in place of an error that would hold a run up and in the end be given up.
 * Sent        by the sweep, after the IP sets, the oldest first.
 * Run twice   once: of sweeps that overlap one takes a notice, and none while another may still be at sending it. What
 *             nobody can rule out is that SNS took it and its answer, or the sweep, was lost: then it comes again. A
 *             notice keeps its id, by which the same is kept once.
 * Gotcha      where the ledger does not answer either, the error is the caller's as before, and it tries again.
 */
import { createHash } from "node:crypto";

import { type Instant, MINUTE, toIso } from "../domain/instant.ts";
import type { NoticeText } from "./notice-text.ts";
import type { KeptNotice, Outbox, Timing, Topic } from "./ports.ts";

/** A hanging SNS must not hold the sweep up. */
const MOST_A_SWEEP = 20;
const MOST_FAILURES = 3;
/** More than a sweep's time. What is refused for good lets the others past for so long. */
const TAKEN_MS = 5 * MINUTE;

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
  const waiting = await outbox.waiting();
  const free = waiting.filter(({ takenAt }) => takenAt === null || now - takenAt >= TAKEN_MS);
  let [sent, failures] = [0, 0];
  for (const each of free.slice(0, MOST_A_SWEEP)) {
    if (failures === MOST_FAILURES) break;
    if (!(await outbox.take(each, now))) continue;
    if (await isSent(topic, each)) {
      await outbox.sent(each.id, now);
      sent += 1;
    } else failures += 1;
  }
  return { sent, waiting: waiting.length - sent };
}

async function isSent(topic: Topic, { at, notice }: KeptNotice): Promise<boolean> {
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
