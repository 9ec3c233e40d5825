/**
 * Gates: makes the first one of a new deployment, replaces it each week, and keeps the pool's rule equal to the secret.
 *
 * Trigger     schedule, every quarter of an hour, the first time at once; also safe to start by hand (`GateOrder`).
 * Run twice   the second run finds nothing to do: the step follows from the document and its age alone.
 * Crash       at any point leaves a document whose gates all are valid, and the next tick goes on from there. A version
 *             that was written but not made current is never read by anybody.
 * Gotcha      the rule is read first: a tick that was overtaken then fails at the rule's lock token or at the
 *             document's version, instead of putting back what the other one has moved on from.
 */
import { NotFoundError } from "../domain/errors.ts";
import { gatePattern } from "../domain/gate.ts";
import type { Instant } from "../domain/instant.ts";
import { type Fresh, type GateOrder, nextDocument, patternsOfRule, readGateDocument } from "./gate-rotation.ts";

export interface SecretVersion {
  readonly text: string;
  readonly version: string;
  readonly writtenAt: Instant;
}

/** The secret with the document, for one who changes it. */
export interface SecretStore {
  read(): Promise<SecretVersion>;
  /** Throws `ConflictError` if `version` is not the current one any more. */
  replace(version: string, text: string): Promise<void>;
}

export interface GateSet {
  readonly id: string;
  readonly patterns: readonly string[];
  readonly lockToken: string;
  readonly description: string;
}

/** What the pool's rule compares with. */
export interface GateRule {
  /** Null if it is not there (yet). */
  read(): Promise<GateSet | null>;
  /** Throws `ConflictError` if the set was written since it was read. */
  write(set: GateSet): Promise<void>;
}

export interface GatePorts {
  readonly secret: SecretStore;
  /** Null where no rule asks for gates. */
  readonly rule: GateRule | null;
  readonly now: () => Instant;
  readonly fresh: Fresh;
}

export interface GateSettings {
  /** For messages. */
  readonly secretName: string;
  readonly rotateDays: number;
  readonly order?: GateOrder;
}

export interface GatesTended {
  readonly phase: string;
  readonly gates: number;
  readonly documentWritten: boolean;
  readonly ruleWritten: boolean;
}

export async function tendGates(ports: GatePorts, settings: GateSettings): Promise<GatesTended> {
  const { secret, rule, now, fresh } = ports;
  const set = rule && (await rule.read());
  const { text, version, writtenAt } = await secret.read();
  const document = readGateDocument(text, settings.secretName);
  const ruleKnows = !rule || document.gates.every((gate) => set?.patterns.includes(gatePattern(gate)));
  const next = nextDocument(document, { ...settings, now: now(), writtenAt, ruleKnows }, fresh);
  if (next) await secret.replace(version, JSON.stringify(next));
  if (rule && !set)
    throw new NotFoundError("The set of gates of the pool's rule is not there: deploy the pool's stack");
  const { gates, gateRotation } = next ?? document;
  const age = next ? 0 : now() - writtenAt;
  const patterns = patternsOfRule(set?.patterns ?? [], gates, age);
  const ruleWritten = rule !== null && set !== null && !isSamePatterns(patterns, set.patterns);
  if (ruleWritten) await rule.write({ ...set, patterns });
  return { phase: gateRotation?.phase ?? "-", gates: gates.length, documentWritten: next !== null, ruleWritten };
}

/** A set: the order says nothing. */
export function isSamePatterns(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((pattern) => other.includes(pattern));
}
