/** The live page in a real browser. Skipped, visibly, where no Chromium is installed. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

import { servePage } from "../../../local/demo/page-server.ts";
import type { LiveState } from "../../../report/live-page.ts";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const inBrowser = executablePath ? test : test.skip;

const hostile = '<img src=x onerror="document.title=1">';
const state: LiveState = {
  ...{ now: "2026-03-03T10:05:00.000Z", speed: 20, mode: "approve", tone: "alarm", headline: hostile },
  gauges: [{ category: "UserAuthentication", percent: 92, inAlarm: [50, 70, 90] }],
  traffic: [{ at: "2026-03-03T10:00:00.000Z", benign: 5, attack: 40, refused: 3 }],
  marks: [{ at: "2026-03-03T10:00:00.000Z", text: hostile }],
  run: { id: hostile, status: "RUNNING", round: 2, current: ["Score"], visited: ["Query", "Score"] },
  offenders: [{ source: hostile, paths: ["proxied"], score: 95, reasons: [hostile] }],
  denyList: [{ source: hostile, targets: ["edge"], simulated: false, secondsLeft: 65, totalSeconds: 600 }],
  steps: [{ text: "The quota alarm fires", detail: hostile, at: "2026-03-03T10:04:00.000Z" }],
  approval: { url: "javascript:document.title=1", sources: 3 },
  totals: { benignCalls: 50, benignBlocked: 0, attackCalls: 40, attackRefused: 3 },
};

let browser: Browser | undefined;
let server: Awaited<ReturnType<typeof servePage>>;
beforeAll(async () => {
  const machine = [
    { name: "Query", kind: "task" as const },
    { name: "Score", kind: "task" as const },
  ];
  const page = { machine, thresholds: [50, 70, 90], seed: 1 };
  server = await servePage({ port: 0, page, state: () => state, now: () => 0 });
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--no-first-run"] });
}, 30_000);
afterAll(async () => {
  await browser?.close();
  await server.stop();
});

async function openPage(width: number) {
  if (!browser) throw new Error("there is no browser");
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(server.url);
  await page.waitForSelector("#deny-table td");
  return { page, errors };
}

inBrowser("values from the traffic are shown as text, and nothing of them runs", async () => {
  const { page, errors } = await openPage(1280);
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.locator("#offenders-table td").first().textContent()).toBe(hostile);
  expect(await page.locator("#approval a").count()).toBe(0);
  expect([await page.title(), errors]).toEqual(["Portcullis live", []]);
});

inBrowser("the current state of the run is lit, and time left is told in words", async () => {
  const { page } = await openPage(1280);
  expect(await page.locator("#machine [aria-current=step]").textContent()).toBe("Score");
  expect(await page.locator("#deny-table").textContent()).toContain("1 min 05 s");
});

inBrowser("the page fits a phone", async () => {
  const { page } = await openPage(360);
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
});
