/** What limits leave over, in sentences for whoever decides: a rule that would catch it, and what cannot be banned at once. Pure. */
import { formatCidr, parseCidr, truncate } from "../domain/cidr.ts";
import type { FiledBan } from "../domain/plan.ts";
import type { Policy } from "../domain/policy.ts";
import { counted } from "../domain/wording.ts";
import { lockoutRoom, splitByLockout, usersBehind } from "./lockout.ts";

/** Fewer sources of one range are no reason to name it, and WAF takes no rate below ten. */
const LEAST_IN_RANGE = 8;
const RANGES_NAMED = 3;
const LEAST_RATE = 10;
/** A rule need not catch the last tenth to be worth having. */
const CAUGHT = 0.9;

/** The rules that would catch what the hourly limit left over; what is filed one by one nobody can decide one by one. */
export function ruleNotes(file: readonly FiledBan[], { guards }: Policy): string[] {
  const left = file.filter(({ because }) => because.includes("over-limit"));
  if (left.length === 0) return [];
  const rules = [...rateRules(left), ...rangeRules(left)];
  const known = rules.length > 0 ? rules.join("; ") : "no rule on rate or range would catch them all; raise the limit";
  return [
    `${counted(left.length, "source is", "sources are")} beyond the limit of ${counted(guards.hourlyBans, "automatic ban")} in an hour. What would catch them: ${known}.`,
  ];
}

/** How much of what waits may be banned within an hour, if the users behind it are more than the lockout guard allows. */
export function lockoutNotes(
  file: readonly FiledBan[],
  policy: Policy,
  users: { readonly total: number | null; readonly inHour: number },
): string[] {
  const room = lockoutRoom(users.total, policy) - users.inHour;
  const { within, beyond } = splitByLockout(file, room, usersBehind);
  if (beyond.length === 0) return [];
  const all = file.reduce((sum, ban) => sum + usersBehind(ban), 0);
  return [
    `${counted(all, "established user")} of ${users.total} would be locked out if all of this were banned. ` +
      `At most ${lockoutRoom(users.total, policy)} may be locked out within an hour, so of ${counted(file.length, "source")} only ${within.length} would be banned now, those with the fewest first.`,
  ];
}

function rateRules(left: readonly FiledBan[]): string[] {
  const peaks = left.map(peakOf).sort((a, b) => b - a);
  const rate = peaks[Math.ceil(peaks.length * CAUGHT) - 1] ?? 0;
  if (rate < LEAST_RATE) return [];
  const caught = peaks.filter((peak) => peak >= rate).length;
  return [`a rate rule of ${rate} calls a minute and address (${caught} of ${left.length})`];
}

function peakOf({ activity = [], reasons }: FiledBan): number {
  const seen = activity.map(({ peakPerMinute }) => peakPerMinute);
  return Math.max(0, ...seen, ...reasons.map(({ observed }) => observed["peakPerMinute"] ?? 0));
}

function rangeRules(left: readonly FiledBan[]): string[] {
  const counts = new Map<string, number>();
  for (const { source } of left) {
    const cidr = parseCidr(source);
    const range = cidr && formatCidr(truncate(cidr, cidr.family === 4 ? 24 : 48));
    if (range) counts.set(range, (counts.get(range) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= LEAST_IN_RANGE)
    .sort((a, b) => b[1] - a[1])
    .slice(0, RANGES_NAMED)
    .map(([range, count]) => `a ban of ${range} (${count} of ${left.length})`);
}
