/** Reads mutated files and holds them against what the files gave before. */
import { writeFileSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import fc from "fast-check";

import { type Fate, type LogRow, rejectReasons, skipReasons } from "../../../functions/detect/log-fate.ts";
import { toIso } from "../../../functions/domain/instant.ts";
import { type LogFile, readLogFile } from "../../../local/log-files.ts";
import { type Mutant, type Mutation, mutations } from "./mutations.ts";
import type { Sample } from "./samples.ts";

export interface HostileFile {
  readonly sample: Sample;
  readonly mutation: Mutation;
  readonly mutant: Mutant;
}

/** Parquet has no lines and no header, and none of its bytes is like another. */
const maySuffer = (sample: Sample) => mutations.filter(({ forms }) => !forms || forms.includes(sample.form));

/** Each group is drawn from as often as the others, however many files are in it. */
export function hostileFiles(groups: readonly (readonly Sample[])[]): fc.Arbitrary<HostileFile> {
  return fc
    .oneof(...groups.filter((group) => group.length > 0).map((group) => fc.constantFrom(...group)))
    .chain((sample) =>
      fc
        .constantFrom(...maySuffer(sample))
        .chain((mutation) => mutation.of(sample.content).map((mutant) => ({ sample, mutation, mutant }))),
    );
}

/** Who called when: what a row says against somebody, whatever the header calls its other columns. */
function caller({ table, at, columns }: LogRow): string {
  const request = columns["httprequest"];
  const address =
    typeof request === "object" && request !== null && "clientip" in request
      ? request.clientip
      : (columns["sourceipaddress"] ?? columns["c_ip"]);
  return `${table} ${toIso(at)} ${address}`;
}

const whole = ({ table, columns }: LogRow) => `${table} ${JSON.stringify(columns)}`;

interface Known {
  readonly callers: ReadonlySet<string>;
  readonly rows: ReadonlySet<string>;
}

export function readingCheck(connection: DuckDBConnection, path: string) {
  const before = new Map<Sample, Known>();

  async function read(kind: LogFile["kind"], bytes: Buffer): Promise<Fate[]> {
    const fates: Fate[] = [];
    writeFileSync(path, bytes);
    await readLogFile({ kind, path }, null, connection, (fate) => fates.push(fate));
    return fates;
  }

  async function knownOf(sample: Sample): Promise<Known> {
    const rows = rowsOf(await read(sample.kind, sample.content));
    const known = { callers: new Set(rows.map(caller)), rows: new Set(rows.map(whole)) };
    before.set(sample, known);
    return known;
  }

  return async ({ sample, mutant: { bytes, touched, inHeader } }: HostileFile): Promise<void> => {
    const known = before.get(sample) ?? (await knownOf(sample));
    const fates = await read(sample.kind, bytes);
    for (const fate of fates) checkFate(fate);
    // Pages of a Parquet file have no checksum of their own: there a wrong bit cannot be known from a right one.
    if (sample.form === "parquet") return;
    const strange = rowsOf(fates).filter((row) => !known.rows.has(whole(row)));
    const invented = inHeader ? strange.filter((row) => !known.callers.has(caller(row))) : strange;
    if (invented.length > touched)
      throw new Error(`calls that nobody made:\n${invented.slice(0, 5).map(whole).join("\n")}`);
  };
}

const rowsOf = (fates: readonly Fate[]) => fates.flatMap((fate) => ("row" in fate ? [fate.row] : []));

function checkFate(fate: Fate): void {
  const known =
    "row" in fate || ("skipped" in fate ? skipReasons.includes(fate.skipped) : rejectReasons.includes(fate.rejected));
  if (!known || Object.keys(fate).length !== 1) throw new Error(`no fate: ${JSON.stringify(fate)}`);
}
