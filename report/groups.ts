/** What many sources have in common, where no single one stands out. */
import { parseCidr } from "../functions/domain/cidr.ts";
import type { ReportedGroup } from "../functions/domain/run-report.ts";
import { IPV6_SOURCE_PREFIX } from "../functions/domain/source.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";
import { type Html, html } from "./html.ts";
import { type Column, tableOf } from "./table.ts";
import { numberOf } from "./times.ts";

const columns: readonly Column<ReportedGroup>[] = [
  {
    title: "In common",
    cell: ({ name, kind }) =>
      html`<span class="mono">${name}</span> <span class="soft small">${kindNames[kind]}</span>`,
  },
  { title: "Score", number: true, cell: ({ score }) => score },
  { title: "Calls", number: true, cell: ({ calls }) => numberOf(calls) },
  {
    title: "Why",
    cell: ({ reasons }) => html`<ul class="reasons">${reasons.map(({ text }) => html`<li>${text}.</li>`)}</ul>`,
  },
  { title: "Rule that would catch it", cell: ({ rule }) => rule ?? "see why" },
];

const kindNames = { range: "range of addresses", fingerprint: "TLS fingerprint (JA4)" } as const;

export function buildGroups(groups: readonly ReportedGroup[]): Html | null {
  if (groups.length === 0) return null;
  const caption = "Too little from each single address. A person decides: a ban of many addresses can hit many people.";
  return tableOf("groups", caption, columns, groups);
}

/** Ranges among the sources of an analysis. */
export function groupsAmong(sources: readonly SourceVerdict[]): ReportedGroup[] {
  return sources
    .filter(({ source }) => isRange(source))
    .map(({ source, score, calls, reasons }) => {
      return { kind: "range", name: source, score, calls, reasons, rule: null };
    });
}

export function isRange(source: string): boolean {
  const cidr = parseCidr(source);
  return cidr !== null && cidr.prefix < (cidr.family === 4 ? 32 : IPV6_SOURCE_PREFIX);
}
