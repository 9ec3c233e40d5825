/** What `doctor` asks of a deployment, and what it answers. Pure: readings in, findings out. */
import { printable } from "../../functions/domain/printable.ts";

export const findingStates = ["problem", "unchecked", "advice", "ok"] as const;
/** `problem`: mend it before anything is enforced. `advice`: a weakness that may be meant. `unchecked`: could not be read. */
export type FindingState = (typeof findingStates)[number];

export interface Finding {
  readonly check: string;
  readonly state: FindingState;
  /** What is the case. */
  readonly what: string;
  /** Why it matters; empty where all is well. */
  readonly why: string;
  /** What to do about it; empty where all is well. */
  readonly mend: string;
}

/** Something that a check does not like. */
export interface Flaw {
  readonly state: "problem" | "advice";
  readonly what: string;
  readonly mend: string;
}

/** One question about a deployment, answered from what was read of it. */
export interface Check<Reading> {
  readonly id: string;
  /** What is the case where no flaw is found. */
  readonly fine: string;
  readonly why: string;
  readonly flaws: (reading: Reading) => readonly Flaw[];
}

/** Checks that look at one reading. */
export interface Subject {
  readonly checks: readonly string[];
  ask(): Promise<readonly Finding[]>;
}

/** A reading that fails leaves its checks unchecked; it neither ends the others nor passes for a clean one. */
export function subject<Reading>(checks: readonly Check<Reading>[], read: () => Promise<Reading>): Subject {
  return {
    checks: checks.map(({ id }) => id),
    async ask() {
      try {
        const reading = await read();
        return checks.flatMap((check) => answer(check, reading));
      } catch (error) {
        return checks.map((check) => unchecked(check, error));
      }
    },
  };
}

export function answer<Reading>({ id, fine, why, flaws }: Check<Reading>, reading: Reading): readonly Finding[] {
  const found = flaws(reading).map((flaw) => ({ check: id, why, ...flaw, what: printable(flaw.what) }));
  return found.length > 0 ? found : [{ check: id, state: "ok", what: fine, why: "", mend: "" }];
}

function unchecked<Reading>({ id, why }: Check<Reading>, error: unknown): Finding {
  const name = error instanceof Error ? error.name : "error";
  const message = error instanceof Error ? error.message : String(error);
  return {
    check: id,
    state: "unchecked",
    what: printable(`could not be read: ${name}: ${message}`),
    why,
    mend: "Give the caller the permissions that docs/doctor.md lists, and run doctor again.",
  };
}

export const problem = (what: string, mend: string): Flaw => ({ state: "problem", what, mend });
export const advice = (what: string, mend: string): Flaw => ({ state: "advice", what, mend });

/** A deployment is green where nothing is wrong and nothing was left out. */
export function isGreen(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state === "ok" || state === "advice");
}
