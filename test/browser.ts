/**
 * A real Chromium for the tests of pages. Where none is installed, `inBrowser` skips its tests, visibly. Pages are looked
 * at from outside, through the debugger: their own policy stays in force, and what it refuses is among the faults.
 */
import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

export const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
export const inBrowser = executablePath ? test : test.skip;

export async function openBrowser(): Promise<Browser> {
  if (!executablePath) throw new Error("there is no Chromium");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--no-first-run"] });
}

/** What must not happen on a page: errors, refusals by its policy, dialogs, requests to anywhere but `allowed`. */
export interface WatchedPage {
  readonly page: Page;
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** A page in a context of its own. `allowed` begins the addresses that it may ask; a page from a file asks nobody. */
export async function openPage(
  browser: Browser,
  { allowed = "file:", ...options }: BrowserContextOptions & { readonly allowed?: string } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(allowed))
      faults.push(`asked ${request.url()}`);
  });
  return { page, faults, close: () => context.close() };
}

/** What axe-core finds wrong on the page as it stands, one line for each element. Its page must have scripts enabled. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: { id: string; help: string; targets: string[] }[] = await page.evaluate(
    `axe.run(document).then(({ violations }) => violations.map(({ id, help, nodes }) =>
      ({ id, help, targets: nodes.map(({ target }) => target.join(" ")) })))`,
  );
  return found.flatMap(({ id, help, targets }) => targets.map((target) => `${id}: ${help} (${target})`));
}
