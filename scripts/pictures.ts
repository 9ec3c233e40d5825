/**
 * `npm run pictures`: takes the pictures of the documents anew, light and dark: the demo's live page while it refuses an
 * attack, and a report about log files. The same seeds each time, and only documentation addresses.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

import { writeSampleLogs } from "./sample-logs.ts";

const root = join(import.meta.dirname, "..");
const bin = join(root, "bin/portcullis.js");
const schemes = ["light", "dark"] as const;
const view = { width: 1280, height: 1100 };
const MOST_KILOBYTES = 200;

/** The line of the demo's story at which all there is to see is on the page. */
const MOMENT = "The edge answers 403";

/** What explains the page to somebody who sees it for the first time would fill the picture. */
const closeAll = (panels: Element[]) => {
  for (const panel of panels) panel.removeAttribute("open");
};

async function openPages(browser: Browser, address: string): Promise<Page[]> {
  return Promise.all(
    schemes.map(async (colorScheme) => {
      const page = await browser.newPage({ viewport: view, colorScheme, reducedMotion: "reduce" });
      await page.goto(address);
      await page.locator("details[open]").evaluateAll(closeAll);
      return page;
    }),
  );
}

async function shoot(pages: readonly Page[], name: string): Promise<void> {
  for (const [index, page] of pages.entries()) {
    const path = join(root, "docs/pictures", `${name}-${schemes[index]}.png`);
    await page.screenshot({ path });
    const kilobytes = Math.round(statSync(path).size / 1000);
    console.log(`${path.slice(root.length + 1)}: ${kilobytes} kB`);
    if (kilobytes > MOST_KILOBYTES) process.exitCode = 1;
  }
}

/** Runs the program and calls back for each line that it writes on standard error. */
async function runProgram(
  args: readonly string[],
  cwd: string,
  onLine: (line: string, stop: () => void) => void = () => {},
): Promise<void> {
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  createInterface(child.stderr).on("line", (line) => onLine(line, () => void child.kill("SIGINT")));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`portcullis ${args.join(" ")} ended with ${code}`);
}

async function pictureLivePage(browser: Browser, folder: string): Promise<void> {
  let pages: Promise<Page[]> | undefined;
  let shot: Promise<void> | undefined;
  await runProgram(["demo", "--port", "0"], folder, (line, stop) => {
    const address = /http:\S+/.exec(line)?.[0];
    if (address && !pages) pages = openPages(browser, address);
    if (line.includes(MOMENT)) shot = pages?.then((open) => shoot(open, "live")).finally(stop);
  });
  if (!shot) throw new Error("The demo ended before its page could be taken");
  await shot;
}

async function pictureReport(browser: Browser, folder: string): Promise<void> {
  const logs = await writeSampleLogs(join(folder, "logs"));
  const page = join(folder, "report.html");
  await runProgram(["analyze", "--waf", ...logs.waf, "--cloudtrail", ...logs.cloudtrail, "--html", page], folder);
  await shoot(await openPages(browser, pathToFileURL(page).href), "report");
}

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath) throw new Error("Pictures need a Chromium or Chrome in /usr/bin");
const folder = mkdtempSync(join(tmpdir(), "portcullis-pictures-"));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--hide-scrollbars"] });
try {
  await pictureReport(browser, folder);
  await pictureLivePage(browser, folder);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
