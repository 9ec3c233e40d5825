/**
 * Which gates are valid, and which of them the edge writes: the first of the document. A gate is replaced in three
 * phases, so that whoever checks gates knows one before it is written, and for as long as calls with it are looked at.
 *
 * rest    one gate, until it is as old as the config says
 * learn   [old, new]: the edge still writes the old one, while the pool's rule and the queries under way learn the new
 * use     [new, old]: edges turn to the new one as their copies of the document expire; the old one is still believed
 */
import * as z from "zod";

import { InvalidInputError } from "../domain/errors.ts";
import { GATE, gatePattern } from "../domain/gate.ts";
import { DAY, fromIso, HOUR, type Instant, MINUTE, toIso } from "../domain/instant.ts";

/** Longer than WAF takes to spread a rule, and than a run's queries take, which carry the gates of their start. */
const LEARN = 30 * MINUTE;
/**
 * The rollup reads hours that began 25 hours and a quarter ago, and edges write the old gate for a quarter of an hour
 * after they should: cached-secrets.ts.
 */
const KEEP = 26 * HOUR;
/** A gate that leaked is believed only until no edge writes it any more. */
const KEEP_LEAKED = 30 * MINUTE;

const rotationSchema = z.object({
  phase: z.enum(["rest", "learn", "use"]),
  since: z.iso.datetime(),
  leaked: z.boolean().optional(),
});

/** The secret document as far as it concerns gates; all else in it is kept as it is. */
const documentSchema = z.looseObject({
  gates: z.array(z.string().regex(GATE)).max(2).default([]),
  tagKey: z.string().min(16).optional(),
  clients: z.looseObject({}).default({}),
  // What cannot be read is as if it were not there: the phase then follows from the gates.
  gateRotation: rotationSchema.optional().catch(undefined),
});
export type GateDocument = z.infer<typeof documentSchema>;

/** Throws `InvalidInputError`, which holds nothing of the document, if it is none or its gates are of a wrong form. */
export function readGateDocument(text: string, secret: string): GateDocument {
  const parsed = documentSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    `The secret ${secret} cannot be used`,
    parsed.error.issues.map(({ path, code }) => `${path.slice(0, 1).map(String).join() || "document"}: ${code}`),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `rotate`: now, whatever the age. `leaked`: replace every gate there is, and do not wait for the day's calls. */
export const gateOrderSchema = z.object({ order: z.enum(["rotate", "leaked"]).optional() });
export type GateOrder = z.infer<typeof gateOrderSchema>["order"];

export interface GateFacts {
  readonly now: Instant;
  /** When the document was written; what counts where it does not say itself since when a phase lasts. */
  readonly writtenAt: Instant;
  /** Whether the pool's rule had all gates of the document before this step; true where there is no such rule. */
  readonly ruleKnows: boolean;
  readonly rotateDays: number;
  readonly order?: GateOrder;
}

type Phase = z.infer<typeof rotationSchema>["phase"];

/** What `nextDocument` may have to make up. */
export interface Fresh {
  gate(): string;
  tagKey(): string;
}

/**
 * The document to write now, or null to leave it. Each step depends on nothing but the document and the facts, so it
 * does not matter which process takes it, nor how often it is tried.
 */
export function nextDocument(document: GateDocument, facts: GateFacts, fresh: Fresh): GateDocument | null {
  const step = nextStep(document, facts, fresh);
  if (!step && document.tagKey !== undefined) return null;
  return { ...document, tagKey: document.tagKey ?? fresh.tagKey(), ...step };
}

type Step = Required<Pick<GateDocument, "gates" | "gateRotation">>;

function nextStep(document: GateDocument, facts: GateFacts, fresh: Fresh): Step | null {
  const [first, second] = document.gates;
  const rotation = rotationOf(document, facts.writtenAt);
  const step = (phase: Phase, gates: string[], leaked = rotation.leaked): Step => ({
    gates,
    gateRotation: { phase, since: toIso(facts.now), ...(leaked && phase !== "rest" && { leaked }) },
  });
  if (first === undefined) return step("rest", [fresh.gate()]);
  if (facts.order === "leaked") return step("learn", [first, fresh.gate()], true);
  const isOver = facts.now - rotation.since >= lengthOf(rotation, facts);
  if (second === undefined) return isOver || facts.order === "rotate" ? step("learn", [first, fresh.gate()]) : null;
  if (rotation.phase === "use") return isOver ? step("rest", [first]) : null;
  // The wait begins anew when the rule has to be told: that happens after the document is written, in the same tick.
  if (!facts.ruleKnows) return step("learn", [first, second]);
  return isOver ? step("use", [second, first]) : null;
}

function lengthOf({ phase, leaked }: { readonly phase: Phase; readonly leaked: boolean }, facts: GateFacts): number {
  if (phase === "rest") return facts.rotateDays * DAY;
  if (phase === "learn") return LEARN;
  return leaked ? KEEP_LEAKED : KEEP;
}

/** What the document says, if that agrees with its gates; a person may have written others. */
function rotationOf({ gates, gateRotation }: GateDocument, writtenAt: Instant) {
  const isPair = gates.length === 2;
  if (gateRotation && isPair === (gateRotation.phase !== "rest"))
    return { ...gateRotation, since: fromIso(gateRotation.since) ?? writtenAt, leaked: gateRotation.leaked ?? false };
  return { phase: isPair ? "use" : "rest", since: writtenAt, leaked: false } as const;
}

/**
 * What the pool's rule should hold: the gates of the document, and for a while what it held before. An edge may still
 * write a gate that somebody has just taken out of the document.
 */
export function patternsOfRule(held: readonly string[], gates: readonly string[], age: number): string[] {
  const wanted = gates.map(gatePattern);
  const kept = age < LEARN ? held.filter((pattern) => !wanted.includes(pattern)) : [];
  return [...wanted, ...kept].slice(0, MOST_PATTERNS);
}

/** AWS takes 10 in a set. */
const MOST_PATTERNS = 10;
