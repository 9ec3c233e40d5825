/**
 * The approval as a person meets it: real handlers behind the real function URL, in a real browser without scripts.
 * Skipped, visibly, where no Chromium is installed; what needs no browser runs everywhere.
 */
import type { Browser, Page } from "playwright-core";

import type { ScoreResult } from "../../functions/domain/run.ts";
import type { Activity, SourceVerdict } from "../../functions/domain/verdict.ts";
import { aReason, aVerdict, v4Source } from "../block/builders.ts";
import { axeViolations, executablePath, inBrowser, openBrowser, openPage } from "../browser.ts";
import { aScenario, type Scenario } from "./builders.ts";
import { doubtful, planned, shared } from "./judged.ts";

jest.setTimeout(120_000);

/** A folder to keep pictures in, for people who change the page. */
const pictures = process.env["APPROVAL_PICTURES"];

let scenario: Scenario;
let browser: Browser | undefined;
beforeAll(async () => {
  scenario = await aScenario();
  if (executablePath) browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await scenario?.stop();
});

const file = (...run: [runId: string, verdicts: SourceVerdict[], over?: Partial<ScoreResult>]) =>
  planned(scenario, ...run);

const mails = () => scenario.sns.messages.filter(({ subject }) => subject?.includes("your decision"));
async function nextLink(before: number): Promise<string> {
  await scenario.until(() => mails().length > before, "the mail", 2);
  return /http\S+\?id=\S+/.exec(mails().at(-1)?.message ?? "")?.[0] ?? "";
}

const evil = '"><img src=x onerror="document.title=1"><script>document.title=2</script>\u202egnp';
const activity = (failures: number, successes: number): Activity[] => [
  {
    window: { from: "2026-11-22T09:50:00.000Z", to: "2026-11-22T10:00:00.000Z" },
    activeMinutes: 9,
    peakPerMinute: 31,
    operations: [
      { operation: "InitiateAuth", calls: failures + successes + 4, failures, successes, accepted: 0, refused: 4 },
      { operation: evil, calls: 22, failures: 2, successes: 0, accepted: 18, refused: 0 },
    ],
  },
  {
    window: { from: "2026-11-21T10:00:00.000Z", to: "2026-11-22T10:00:00.000Z" },
    activeMinutes: 41,
    peakPerMinute: 31,
    operations: [{ operation: "InitiateAuth", calls: 300, failures: 260, successes: 40, accepted: 0, refused: 0 }],
  },
];
const office = {
  ...{ ...shared, successes: 12, failures: 228, calls: 244, activity: activity(228, 12) },
  reasons: [aReason({ text: evil, detection: "password-spray", observed: { establishedUsers: 4, failures: 228 } })],
};
const nobody = {
  ...{ ...doubtful, activity: activity(90, 1) },
  reasons: [aReason({ text: "90 failed sign-ins on 61 users in 10 minutes" })],
};

interface Look {
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  /** Only axe-core needs them; the page's own policy still allows it none. */
  readonly javaScriptEnabled?: boolean;
}

/** The clock of the world stands still while a person reads. */
async function reading(
  link: string,
  read: (page: Page) => Promise<void>,
  { width = 1280, colorScheme, javaScriptEnabled = false }: Look = {},
) {
  if (!browser) throw new Error("there is no browser");
  const { page, faults, close } = await openPage(browser, {
    ...{ javaScriptEnabled, viewport: { width, height: 900 }, allowed: new URL(link).origin },
    ...(colorScheme && { colorScheme }),
  });
  await scenario.clock.during(async () => {
    await page.goto(link);
    await read(page);
  });
  await close();
  return faults.filter((fault) => !fault.includes("status of 4"));
}

const picture = (page: Page, name: string) =>
  pictures === undefined ? undefined : page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
const notice = (page: Page) => page.locator(".notice").first().textContent();

let link = "";
test("a proposal is filed and mailed", async () => {
  await file("run-a", [office, nobody], { notes: [`The TLS fingerprint ${evil}: a rate rule would catch it`] });
  link = await nextLink(0);
  expect(link).toMatch(/^http/);
});

inBrowser("values from the traffic are shown as text, and nothing of them runs", async () => {
  const errors = await reading(link, async (page) => {
    expect(await page.locator("img, script").count()).toBe(0);
    const shown = await page.locator("main").textContent();
    expect(shown).toContain('"><img src=x onerror="document.title=1"><script>document.title=2</script>\\u202egnp');
    expect(shown).toContain("4 people who signed in here on earlier days would be locked out too");
    expect(shown).toContain("Look at this too");
    expect(await page.title()).toBe("2 bans wait for you · Portcullis");
    await picture(page, "light");
  });
  expect(errors).toEqual([]);
});

inBrowser.each([
  { width: 1280, colorScheme: "dark" },
  { width: 360, colorScheme: "light" },
  { width: 360, colorScheme: "dark" },
] as const)("at $width pixels in $colorScheme colours nothing is cut off or too small to hit", async (look) => {
  await reading(
    link,
    async (page) => {
      // The policy forbids the page scripts, not the one who looks at it from outside.
      const box = await page.locator("main").boundingBox();
      expect(box?.width).toBeLessThanOrEqual(look.width);
      for (const target of await page.locator("button, label.tick").all())
        expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(32);
      expect(await axeViolations(page)).toEqual([]);
      await picture(page, `${look.colorScheme}-${look.width}`);
    },
    { ...look, javaScriptEnabled: true },
  );
});

inBrowser("by the keyboard alone some are approved, others rejected, with a comment that is kept", async () => {
  await reading(link, async (page) => {
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").getAttribute("value")).toBe("198.51.100.8/32");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.type(`the office stays; ${evil}`);
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Ban what is ticked");
    await page.keyboard.press("Enter");
    await page.waitForLoadState();
    expect(await notice(page)).toContain("This is decided.");
    const shown = await page.locator("main").textContent();
    expect(shown).toContain("1 approved, 1 rejected");
    expect(shown).toContain('the office stays; "><img src=x');
    expect(await page.locator("li", { hasText: "2001:db8:7:8::/64" }).first().locator(".pill.bad").textContent()).toBe(
      "approved",
    );
    await picture(page, "decided");
  });
});

inBrowser("the link decides nothing any more, and says so politely; neither does a broken one", async () => {
  await reading(link, async (page) => {
    expect(await notice(page)).toContain("This is decided already.");
    expect(await page.locator("form").count()).toBe(0);
  });
  await reading(link.replace(/hmac=.../, "hmac=AAA"), async (page) => {
    expect(await notice(page)).toContain("This link is not valid. It may be cut off or too old.");
    expect(await page.locator("body").textContent()).not.toContain("198.51.100.8");
  });
});

inBrowser("who decides on an old version is shown the new one first", async () => {
  const before = mails().length;
  const third = aVerdict({ source: "203.0.113.30/32", handsOff: false, needsPerson: ["no-baseline"] });
  await file("run-b", [third]);
  const fresh = await nextLink(before);
  await reading(fresh, async (page) => {
    await page.locator("input[type=checkbox]").check();
    await file("run-b2", [aVerdict({ source: "203.0.113.32/32", handsOff: false, needsPerson: ["no-baseline"] })]);
    await page.getByRole("button", { name: "Ban what is ticked" }).click();
    await page.waitForLoadState();
    expect(await notice(page)).toContain("The proposal has changed since you opened it.");
    expect(await page.locator("input[type=checkbox]").count()).toBe(2);
    expect(await page.locator("input:checked").count()).toBe(0);
    await page.getByRole("button", { name: "Reject all" }).click();
    await page.waitForLoadState();
    expect(await notice(page)).toContain("This is decided.");
  });
});

test("an attack of ten thousand sources is a page that opens, with one tick for those that it sums up", async () => {
  const before = mails().length;
  const many = Array.from({ length: 10_000 }, (_, n) =>
    aVerdict({ source: v4Source(n * 2), handsOff: false, needsPerson: ["over-limit"], activity: activity(9, 0) }),
  );
  await file("run-c", many);
  const answer = await scenario.clock.during(async () => fetch(await nextLink(before)));
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(Buffer.byteLength(text)).toBeLessThan(3_000_000);
  expect(text).toContain("9800 more");
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
});
