/** Instants and numbers as people read them. All times are UTC. */
import { type Instant, MINUTE, toIso } from "../functions/domain/instant.ts";
import { type Html, html } from "./html.ts";

/** Minutes since the epoch; a text that is no instant stays the text. */
export type Minute = number | string;

export function minuteOf(iso: string): Minute {
  const instant = instantOf(iso);
  return instant === null ? iso : Math.floor(instant / MINUTE);
}

export function minuteText(minute: Minute): string {
  return typeof minute === "number"
    ? toIso(minute * MINUTE)
        .slice(0, 16)
        .replace("T", " ")
    : minute;
}

/** The second without its day, if both are of one day. */
export function spanText(from: Minute, to: Minute): string {
  const [first, second] = [minuteText(from), minuteText(to)];
  const sameDay = typeof from === "number" && typeof to === "number" && first.slice(0, 10) === second.slice(0, 10);
  return `${first} to ${sameDay ? second.slice(11) : second}`;
}

/** As every instant of ours is written, and as it need not be read to be shown. */
const WRITTEN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** To the second. */
export function timeText(iso: string): string {
  if (WRITTEN.test(iso)) return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
  const instant = instantOf(iso);
  return instant === null ? iso : toIso(instant).slice(0, 19).replace("T", " ");
}

export function timeOf(iso: string): Html {
  return html`<time>${timeText(iso)}</time>`;
}

function instantOf(iso: string): Instant | null {
  const instant = /^\d{4}-\d\d-\d\dT/.test(iso) ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(instant) ? null : instant;
}

export interface Span {
  readonly from: string;
  readonly to: string;
}

/** To the second, the second time without its day if both are of one. */
export function spanOf({ from, to }: Span): string {
  const [first, second] = [timeText(from), timeText(to)];
  const sameDay = /^\d{4}-\d\d-\d\d /.test(first) && first.slice(0, 11) === second.slice(0, 11);
  return `${first} to ${sameDay ? second.slice(11) : second}`;
}

const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });

export function numberOf(value: number): string {
  return numbers.format(value);
}

/** `distinctUsers` as people write it. */
export function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const units = ["bytes", "kB", "MB", "GB", "TB"] as const;

export function bytesText(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(bytes / 1000 ** power)} ${units[power]}`;
}
