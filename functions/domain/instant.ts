/** Milliseconds since the epoch, UTC. ISO 8601 text with `Z` is used at borders only. */
export type Instant = number;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** `[from, to)`: the first instant belongs to the window, the last does not. */
export interface Window {
  readonly from: Instant;
  readonly to: Instant;
}

export function toIso(instant: Instant): string {
  return new Date(instant).toISOString();
}

/**
 * Reads ISO 8601 with an explicit zone (`Z`, `+00:00`, or the `+0000` that CloudWatch alarm events use).
 * A text without zone is refused (null), for it would mean another instant on another machine.
 */
export function fromIso(text: string): Instant | null {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:?\d\d)$/.exec(text);
  if (!match) return null;
  const [, date = "", time = "", zone = ""] = match;
  const instant = Date.parse(`${date}T${time}${zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone}`);
  // Date.parse rolls 2026-02-30 over into March; a date that does not exist is no date.
  if (Number.isNaN(instant)) return null;
  const day = Number(date.slice(8));
  return day <= daysInMonth(Number(date.slice(0, 4)), Number(date.slice(5, 7))) ? instant : null;
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
