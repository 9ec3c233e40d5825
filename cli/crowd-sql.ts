/** `isQuiet` of functions/detect/groups.ts as SQL over three sums of a source's calls. */
import { loudFrom } from "../functions/detect/groups.ts";

type Sums = Readonly<Record<"successes" | "failures" | "accepted", string>>;

export function isQuietSql({ successes, failures, accepted }: Sums): string {
  return `${successes} = 0 and ${failures} < ${loudFrom.failures} and ${accepted} < ${loudFrom.accepted}
    and ${failures} + ${accepted} > 0`;
}
