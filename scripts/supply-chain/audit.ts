/** What `npm audit --json` says, against the advisories that somebody has reviewed. */
import * as z from "zod";

export interface ReviewedAdvisory {
  /** As in the advisory's address, GHSA-…. */
  readonly id: string;
  readonly reason: string;
  /** The day from which on it must be looked at again. */
  readonly until: string;
}

export type Audit =
  | { readonly kind: "skipped"; readonly why: string }
  | { readonly kind: "audited"; readonly problems: readonly string[] };

const advisorySchema = z.object({ name: z.string(), url: z.string(), title: z.string(), severity: z.string() });
const reportSchema = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), advisorySchema])) })),
});
const refusalSchema = z.object({ message: z.string() });

/** Skipped only where the registry gave no report at all, as mirrors do; a report that cannot be read is an error. */
export function judgeAudit(output: string, reviewed: readonly ReviewedAdvisory[], today: string): Audit {
  const json: unknown = JSON.parse(output);
  const refusal = refusalSchema.safeParse(json);
  if (refusal.success) return { kind: "skipped", why: refusal.data.message.replace(/https?:\S+/g, "the registry") };
  const { vulnerabilities } = reportSchema.parse(json);
  const found = Object.values(vulnerabilities).flatMap(({ via }) => via.filter((each) => typeof each !== "string"));
  const idOf = ({ url }: { url: string }) => url.split("/").at(-1) ?? url;
  const valid = new Set(reviewed.filter(({ until }) => today < until).map(({ id }) => id));
  const ids = new Set(found.map(idOf));
  return {
    kind: "audited",
    problems: [
      ...new Set(
        found
          .filter((each) => !valid.has(idOf(each)))
          .map((each) => `${each.name}: ${each.title} (${each.severity}, ${idOf(each)})`),
      ),
      ...reviewed.filter(({ id }) => !ids.has(id)).map(({ id }) => `${id} is reported no more: its exception can go`),
    ],
  };
}
