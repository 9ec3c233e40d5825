/** Instants and numbers as people read them. All times are UTC. */
import { type Html, html } from "./html.ts";

/** Seconds since the epoch; a text that is no instant stays the text. */
export type Moment = number | string;

export function momentOf(iso: string): Moment {
  const instant = /^\d{4}-\d\d-\d\dT/.test(iso) ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(instant) ? iso : Math.floor(instant / 1000);
}

export function momentText(moment: Moment): string {
  return typeof moment === "number" ? new Date(moment * 1000).toISOString().slice(0, 19).replace("T", " ") : moment;
}

/** Without its seconds, where nobody acts on them. */
export function minuteText(moment: Moment): string {
  return typeof moment === "number" ? momentText(moment).slice(0, 16) : moment;
}

/** The second without its day, if both are of one day. */
export function spanText(from: Moment, to: Moment): string {
  const [first, second] = [momentText(from), momentText(to)];
  const sameDay = typeof from === "number" && typeof to === "number" && first.slice(0, 10) === second.slice(0, 10);
  return `${first} to ${sameDay ? second.slice(11) : second}`;
}

export function timeOf(iso: string): Html {
  return html`<time>${momentText(momentOf(iso))}</time>`;
}

export interface Span {
  readonly from: string;
  readonly to: string;
}

export function spanOf({ from, to }: Span): string {
  return spanText(momentOf(from), momentOf(to));
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
