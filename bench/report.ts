/**
 * Size of a report's page, time to render it, and time until a browser shows it and answers a search, beside what the
 * same document takes as JSON under gzip and a page of plain text of the same size takes to open, in the same run.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright-core";

import { renderTools } from "../cli/render-tools.ts";
import { renderAnalysisPage } from "../report/analysis-page.ts";
import { aGreatReport } from "./report-sources.ts";
import type { Figure, Section } from "./section.ts";

interface ReportTiming {
  readonly sources: number;
  readonly pageBytes: number;
  readonly renderMs: number;
  readonly gzipBytes: number;
  readonly gzipMs: number;
  /** Null where no browser is installed. */
  readonly browser: { readonly openMs: number; readonly searchMs: number; readonly plainMs: number } | null;
}

const ROUNDS = 5;
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export async function measureReport(sizes: readonly number[]): Promise<ReportTiming[]> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-report-"));
  const browser = executablePath ? await chromium.launch({ executablePath, args: ["--no-sandbox"] }) : null;
  try {
    const timings: ReportTiming[] = [];
    for (const sources of sizes) timings.push(await measureOne(sources, folder, browser));
    return timings;
  } finally {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOne(sources: number, folder: string, browser: Browser | null): Promise<ReportTiming> {
  const report = aGreatReport(sources);
  const tools = renderTools();
  const page = timed(() => renderAnalysisPage(report, tools));
  const packed = timed(() => gzipSync(JSON.stringify(report)));
  const pageBytes = Buffer.byteLength(page.value);
  return {
    ...{ sources, pageBytes, renderMs: page.ms, gzipBytes: packed.value.length, gzipMs: packed.ms },
    browser: browser && (await measureOpening(browser, folder, page.value, String(report.sources.at(-1)?.source))),
  };
}

function timed<T>(work: () => T): { value: T; ms: number } {
  const start = performance.now();
  const value = work();
  return { value, ms: performance.now() - start };
}

async function measureOpening(browser: Browser, folder: string, page: string, wanted: string) {
  const file = join(folder, "report.html");
  const plain = join(folder, "plain.html");
  writeFileSync(file, page);
  writeFileSync(plain, `<!doctype html><title>plain</title><pre>${"203.0.113.7 word ".repeat(page.length / 17)}</pre>`);
  const openMs = await fastest(browser, file, (opened) => opened.waitForSelector("html[data-ready]"));
  const searchMs = await fastest(browser, file, (opened) => search(opened, wanted));
  const plainMs = await fastest(browser, plain, async () => {});
  return { openMs, searchMs, plainMs };
}

/** From navigation, by the browser's own clock, to the next frame after `work`. */
async function fastest(browser: Browser, file: string, work: (page: Page) => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href, { waitUntil: "commit" });
    await page.waitForLoadState();
    await work(page);
    const passed: number = await page.evaluate(
      "new Promise((tell) => requestAnimationFrame(() => setTimeout(() => tell(performance.now()))))",
    );
    best = Math.min(best, passed);
    await page.close();
  }
  return best;
}

async function search(page: Page, wanted: string): Promise<void> {
  await page.waitForSelector("html[data-ready]");
  await page.locator("#search").fill(wanted);
  await page.locator("#sources > tbody > tr", { hasText: wanted }).waitFor();
}

export async function benchReport(): Promise<Section> {
  const timings = await measureReport([1_000, 10_000, 100_000]);
  const text = [
    "The report as one HTML file: its size and the time to render it, beside the same document as JSON under gzip; then, by a headless Chromium's own",
    "clock, milliseconds from navigation until the whole table can be used, until the first search is answered, and until a page of plain text of the",
    `same size is drawn. Best of ${ROUNDS} rounds in the browser, one in Node.`,
    "",
    "| sources | page | rendered in | JSON + gzip | made in | open | first search | plain page |",
    "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ...timings.map(row),
  ].join("\n");
  return { text, figures: timings.flatMap(figuresOf) };
}

const LIMIT = { bytes: 3_000_000, ms: 1_000, renderMs: 3_000 };

function figuresOf({ sources, pageBytes, renderMs, browser }: ReportTiming): Figure[] {
  const of = `of ${sources.toLocaleString("en")} sources`;
  const made = [
    { what: `page ${of}`, beside: "3 MB", ratio: pageBytes / LIMIT.bytes, aim: 1 },
    { what: `page ${of}, rendered`, beside: "3 s", ratio: renderMs / LIMIT.renderMs, aim: 1 },
  ];
  if (!browser) return made;
  return [
    ...made,
    { what: `page ${of}, until it can be used`, beside: "1 s", ratio: browser.openMs / LIMIT.ms, aim: 1 },
    { what: `page ${of}, until a search is answered`, beside: "1 s", ratio: browser.searchMs / LIMIT.ms, aim: 1 },
  ];
}

function row({ sources, pageBytes, renderMs, gzipBytes, gzipMs, browser }: ReportTiming): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const ms = (time: number | undefined) => (time === undefined ? "–" : `${time.toFixed(0)} ms`);
  const opening = [browser?.openMs, browser?.searchMs, browser?.plainMs].map(ms);
  const cells = [megabytes(pageBytes), ms(renderMs), megabytes(gzipBytes), ms(gzipMs), ...opening];
  return `| ${sources.toLocaleString("en")} | ${cells.join(" | ")} |`;
}
