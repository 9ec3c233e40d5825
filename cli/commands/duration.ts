import { InvalidArgumentError } from "commander";

const minutesOf = { m: 1, h: 60, d: 24 * 60 } as const;
const LONGEST_MINUTES = 365 * minutesOf.d;

/** `90m`, `2h`, `7d` in minutes. A number without unit is refused: it would be guessed wrongly. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([mhd])$/.exec(text) ?? [];
  const minutes = Number(amount) * (unit === "m" || unit === "h" || unit === "d" ? minutesOf[unit] : Number.NaN);
  if (minutes > 0 && minutes <= LONGEST_MINUTES) return minutes;
  throw new InvalidArgumentError("Write minutes, hours or days up to a year, like 90m, 2h or 7d.");
}
