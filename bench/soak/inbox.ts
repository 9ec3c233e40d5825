/** What people were told while it went on: every mail by its subject, and when each alarm on ourselves was on. */
import type { Instant } from "../../functions/domain/instant.ts";
import { namesOf } from "../../functions/domain/names.ts";
import type { World } from "../../local/world.ts";

export interface HealthAlarm {
  /** As the runbook's article or the sensor is called. */
  readonly id: string;
  readonly at: Instant;
  /** When it was over; null: it is on. */
  until: Instant | null;
}

export interface Inbox {
  /** How many mails had this subject. */
  readonly mails: Readonly<Record<string, number>>;
  readonly alarms: readonly HealthAlarm[];
}

export function createInbox({ on, deployment }: Pick<World, "on" | "deployment">): Inbox {
  const prefix = namesOf(deployment).healthAlarmName("");
  const mails: Record<string, number> = {};
  const alarms: HealthAlarm[] = [];
  on((event) => {
    if (event.kind === "message") {
      const subject = event.message.subject ?? "";
      mails[subject] = (mails[subject] ?? 0) + 1;
    }
    if (event.kind !== "alarm" || !event.name.startsWith(prefix)) return;
    const id = event.name.slice(prefix.length);
    const open = alarms.find((alarm) => alarm.id === id && alarm.until === null);
    if (event.state === "ALARM") alarms.push({ id, at: event.at, until: null });
    else if (open) open.until = event.at;
  });
  return { mails, alarms };
}
