/**
 * Writes the report of a run to the evidence bucket.
 *
 * Trigger    `mitigate` after each round, at the run's end, and where a round failed for good; `approve` after a decision.
 * Run twice  the same objects give the same report; how a run ended is noted once.
 * At once    a round and a decision may report in the same second: who was slower puts the report together again, and
 *            whoever writes the page last draws it from the document that stands.
 * Gotcha     nobody waits for it: a report that cannot be written ends no run, the next one makes it good, and so does
 *            `portcullis report`, which puts it together from the same objects.
 */
import { InvalidInputError } from "../domain/errors.ts";
import { type Instant, toIso } from "../domain/instant.ts";
import { type ReportRequest, reportRequestSchema } from "../domain/run.ts";
import { endKey, reportKey } from "../domain/run-keys.ts";
import { type ReportedEnd, type RunReport, runReportSchema } from "../domain/run-report.ts";
import type { EvidenceStore, Pages, Version, VersionedDocuments } from "./ports.ts";
import { type ReportPorts, readRunFacts } from "./report-facts.ts";
import { buildRunReport, type ReportScene } from "./run-report.ts";

export interface WriteReportPorts extends ReportPorts {
  readonly evidence: EvidenceStore & VersionedDocuments;
  readonly pages: Pages;
}

export interface WriteReportScene extends ReportScene {
  /** The report as one page. */
  readonly draw: (report: RunReport) => string;
}

export async function writeReport(ports: WriteReportPorts, event: unknown, scene: WriteReportScene): Promise<void> {
  const request = reportRequestSchema.parse(event);
  const { runId } = request.run;
  await noteEnd(ports.evidence, request, scene.now);
  // The document first: the next report goes on from it, also where the page cannot be drawn.
  const written = await ports.evidence.replace(reportKey(runId, "json"), async (before) => {
    const facts = await readRunFacts(ports, { runId, run: request.run, report: before }, scene.now);
    if (!facts) throw new InvalidInputError(`Run ${runId} left nothing to report`, []);
    return buildRunReport(facts, scene);
  });
  await writePage(ports, scene.draw, written);
}

async function writePage(
  { evidence, pages }: Pick<WriteReportPorts, "evidence" | "pages">,
  draw: WriteReportScene["draw"],
  written: Version<RunReport>,
): Promise<void> {
  const { runId } = written.document;
  for (let drawn: Version<RunReport> | null = written; drawn; ) {
    await pages.write(reportKey(runId, "html"), draw(drawn.document));
    const newer = await evidence.newerThan(reportKey(runId, "json"), drawn.tag);
    drawn = newer && { tag: newer.tag, document: runReportSchema.parse(newer.document) };
  }
}

/** Only the execution itself knows how it ends, and only now. */
async function noteEnd(evidence: EvidenceStore, request: ReportRequest, now: Instant): Promise<void> {
  const end = endOf(request, now);
  const key = endKey(request.run.runId);
  if (end && (await evidence.read(key)) === null) await evidence.write(key, end);
}

function endOf({ watched, failure }: ReportRequest, now: Instant): ReportedEnd | null {
  const at = toIso(now);
  if (failure) return { at, how: "failed", reason: `a round failed: ${failure.Error}`, burning: [] };
  if (!watched) return null;
  const { evidence = true, ending = "done", reason, burning = [] } = watched;
  return { at, how: evidence ? ending : "no-evidence", reason, burning };
}
