/**
 * The live page as a newcomer meets it, in a real browser: the story up to the first refusal, an attack of one's own, an
 * approval of a part, the mode switch. One boot for all. Skipped, visibly, where no Chromium is installed.
 */
import type { Browser, Page } from "playwright-core";

import { demoConfig } from "../../local/demo/config.ts";
import { type Demo, openDemo } from "../../local/demo/demo.ts";
import { livePageOf } from "../../local/demo/live-demo.ts";
import { servePage } from "../../local/demo/page-server.ts";
import type { Stage } from "../../local/demo/stage.ts";
import { openStage } from "../../local/demo/world-stage.ts";
import { axeViolations, executablePath, inBrowser, openBrowser, openPage, type WatchedPage } from "../browser.ts";

jest.setTimeout(240_000);
const WAIT = { timeout: 200_000 };

let stage: Stage;
let demo: Demo;
let played: Promise<void>;
let server: Awaited<ReturnType<typeof servePage>>;
let browser: Browser;
let live: WatchedPage;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  if (!executablePath) return;
  const onFault = (error: unknown) => void faults.push(String(error));
  stage = await openStage({ config: demoConfig("enforce"), seed: 3, onFault });
  const silent = { onStep: () => {}, onOpen: () => {}, onNotice: (text: string) => void faults.push(text) };
  demo = await openDemo({ ...silent, stage, seed: 3, mode: "enforce", once: false });
  server = await servePage({ port: 0, ...livePageOf(stage, demo, { seed: 3, once: false, onFault }) });
  browser = await openBrowser();
  live = await openPage(browser, { allowed: server.url });
  page = live.page;
  page.setDefaultTimeout(WAIT.timeout);
  await page.goto(server.url);
  played = demo.play();
});
afterAll(async () => {
  if (!executablePath) return;
  demo.stop();
  await browser.close();
  await played;
  await server.stop();
  await stage.stop();
});

const rows = (state: string) => page.locator("#sources tbody tr", { has: page.getByText(state, { exact: true }) });
const launch = (title: string) => page.getByRole("button", { name: `Launch ${title}` }).click();
const switchTo = async (mode: string) => {
  await page.getByRole("button", { name: mode, exact: true }).click();
  await page.getByText(`The mode is ${mode}.`).waitFor();
};

inBrowser("the page alone tells who was blocked, why, and until when", async () => {
  await page.locator("#live-headline", { hasText: "The offenders are blocked" }).waitFor();
  const row = rows("blocked").first();
  expect(await row.textContent()).toMatch(/\d (failed sign-ins|sign-ups|calls)/);
  expect(await row.locator("time").getAttribute("datetime")).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(await page.locator("#live-traffic").textContent()).toMatch(/[1-9]\d* of them refused/);
  expect(await page.locator("#live-workflow .across .box.passed").count()).toBeGreaterThan(5);
  expect(await axeViolations(page)).toEqual([]);
});

inBrowser("the story ends with what to try next", async () => {
  await page.getByText("Now it is yours").waitFor();
  expect(demo.story.missing()).toEqual([]);
});

inBrowser("each run's report is a link away, with everybody who was banned", async () => {
  const link = page.locator("#live-reports a").first();
  const [report] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
  await report.getByRole("heading", { name: "Offenders and watched sources" }).waitFor();
  expect(await report.locator("#sources tbody tr").count()).toBeGreaterThan(5);
  await report.close();
});

inBrowser("a launched attack is sent for real, and its sources are banned", async () => {
  await launch("Sign-up burst");
  await page.locator("#live-launches", { hasText: "Sign-up burst" }).waitFor();
  await page.locator("#live-story", { hasText: "Sign-up burst: " }).waitFor();
  await page.locator("#live-story", { hasText: "is the first to get 403 ForbiddenException" }).waitFor();
  expect(await rows("blocked").first().textContent()).toMatch(/sign-ups/);
});

inBrowser("in mode approve nobody is blocked before a person has decided, and only who was ticked", async () => {
  await switchTo("approve");
  const before = await stage.bans();
  await launch("Round the proxy");
  const own =
    demo.launches
      .all()
      .at(-1)
      ?.attackers.map(({ source }) => source) ?? [];
  const link = page.locator("#live-inbox a.button");
  await page
    .locator("#sources tbody tr", { hasText: own[1] ?? "" })
    .filter({ hasText: "waits for a person" })
    .waitFor();
  const known = new Set(before.map(({ source }) => source));
  expect((await stage.bans()).filter(({ source }) => !known.has(source))).toEqual([]);
  const [approval] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
  await approval.locator("input[type=checkbox]").first().waitFor();
  const boxes = await approval.locator("input[type=checkbox]").all();
  for (const box of boxes) await box.setChecked((await box.getAttribute("value")) === own[0]);
  await approval.getByRole("button", { name: "Ban what is ticked" }).click();
  const decided = `1 approved, ${boxes.length - 1} rejected`;
  await approval.getByText(decided).waitFor();
  await approval.close();
  await rows("blocked")
    .filter({ hasText: own[0] ?? "" })
    .waitFor();
  const banned = (await stage.bans()).filter((ban) => ban.status === "active" && !known.has(ban.source));
  expect(banned.map(({ source }) => source)).toEqual([own[0]]);
  await page.locator("#live-inbox", { hasText: `${decided} by` }).waitFor();
});

inBrowser("the mode is switched as the command would: in the ledger, for the next look", async () => {
  await switchTo("observe");
  expect(await stage.mode()).toBe("observe");
  await page.getByRole("button", { name: "observe", pressed: true }).waitFor();
});

inBrowser("nothing went wrong on the way, and nobody else noticed", async () => {
  expect(live.faults).toEqual([]);
  expect(faults).toEqual([]);
  expect(demo.tally.total("benign", "refused")).toBe(0);
});
