import type { FiledBan, Refusal } from "../functions/domain/plan.ts";

/** Why a person is asked, to follow "because". */
export const becauseTexts: Readonly<Record<FiledBan["because"][number], string>> = {
  "shared-address": "established users share this address",
  "no-baseline": "somebody signed in from here and there is no history to judge by",
  range: "it is a range, not one source",
  fingerprint: "it is a fingerprint, not an address",
  "over-limit": "the limit of automatic bans in an hour is reached",
  "incomplete-evidence": "part of the evidence is missing",
  "low-confidence": "the detection is not certain enough",
  mode: "the mode is approve: a person decides everything",
  "released-by-person": "a person released it not long ago",
  "run-undone": "a person has undone this run",
};

const refusalTexts: Readonly<Record<Refusal, string>> = {
  "not-an-address": "it is no address",
  "too-wide": "it is too wide a range",
  "never-block": "it is on the list of what is never blocked",
  "allow-listed": "it is on the allow list",
  "stale-evidence": "its evidence was too old",
  "over-limit": "the limit of bans is reached",
  "declined-by-person": "a person declined it",
  "already-banned": "it was banned already",
  paused: "the mode is paused",
};

/** Why a guard refused, and what stood in the way. A guard of another version is told by its own name. */
export function refusalText(why: string | null, matched: string | null): string {
  const text = Object.entries(refusalTexts).find(([name]) => name === why)?.[1] ?? why ?? "a guard refused it";
  return matched === null || matched === "" ? text : `${text}: ${matched}`;
}
