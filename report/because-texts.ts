import type { FiledBan } from "../functions/domain/plan.ts";

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
