/**
 * Dead-letter queues: what EventBridge and Scheduler could not deliver. Nothing reads them but people and alarms, so
 * a queue here is a list and its depth in CloudWatch.
 */
import { type Instant, MINUTE } from "../functions/domain/instant.ts";
import type { Clock, Metrics } from "./ports.ts";

interface DeadLetter {
  readonly queueArn: string;
  /** Rule or schedule. */
  readonly from: string;
  readonly targetArn: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly body: unknown;
  readonly at: Instant;
}

export interface DeadLetters {
  /** A target without a queue has the ARN "": AWS drops the event, here a test can still see it. */
  put(letter: Omit<DeadLetter, "at">): void;
  list(): readonly DeadLetter[];
}

export function createDeadLetters({ clock, metrics }: { clock: Clock; metrics?: Metrics }): DeadLetters {
  const letters: DeadLetter[] = [];

  /** SQS reports the depth of a queue that is in use every minute. */
  function report(queueArn: string): void {
    const [, , , region = "", , QueueName = ""] = queueArn.split(":");
    metrics?.put(region, {
      namespace: "AWS/SQS",
      name: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName },
      value: letters.filter((letter) => letter.queueArn === queueArn).length,
      at: clock.now(),
    });
    clock.at(clock.now() + MINUTE, () => report(queueArn));
  }

  return {
    put(letter) {
      const isFirst = !letters.some(({ queueArn }) => queueArn === letter.queueArn);
      letters.push({ ...letter, at: clock.now() });
      if (isFirst && letter.queueArn !== "") report(letter.queueArn);
    },
    list: () => letters,
  };
}
