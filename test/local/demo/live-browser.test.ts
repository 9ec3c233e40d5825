/** The live page in a real browser, drawn from states made by hand. Skipped, visibly, where no Chromium is installed. */
import type { Browser } from "playwright-core";

import { servePage } from "../../../local/demo/page-server.ts";
import type { LiveState } from "../../../report/live-state.ts";
import { axeViolations, executablePath, inBrowser, openBrowser, openPage } from "../../browser.ts";
import { aLiveSetting, aLiveSource, aLiveState } from "../../report/live-builders.ts";

const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
const at = "2026-03-03T10:04:00.000Z";
const proposal = { id: "p1", category: "UserAuthentication", version: 2, sources: 3, topScore: 84, updatedAt: at };
const decision = { isMoot: false, url: null, approved: 2, rejected: 1, by: hostile };
const full = aLiveState({
  ...{ mode: "approve", tone: "alarm", headline: hostile, isTold: true },
  gauges: [{ category: "UserAuthentication", percent: 92, inAlarm: [50, 70, 90] }],
  traffic: {
    slots: [{ at: "2026-03-03T10:00:00.000Z", benign: 5, attack: 40, refused: 3 }],
    slotSeconds: 10,
    marks: [{ at: "2026-03-03T10:00:00.000Z", text: hostile }],
    totals: { benignCalls: 50, benignBlocked: 0, attackCalls: 40, attackRefused: 3 },
  },
  run: { id: hostile, status: "RUNNING", round: 2, current: ["Score"], passed: ["Query", "Score"] },
  asking: { id: "a", status: "RUNNING", round: 0, current: ["Query"], passed: ["Query"] },
  sources: [
    aLiveSource(),
    aLiveSource({ source: hostile, state: "waiting", reasons: [hostile], until: null }),
    aLiveSource({ source: "2001:db8:8dbf:49::/64", state: "released" }),
    aLiveSource({ source: "198.51.100.7/32", state: "simulated", secondsLeft: 0 }),
    aLiveSource({ source: "198.51.100.8/32", state: "watched", until: null }),
  ],
  steps: [
    { text: "The quota alarm fires", detail: hostile, at },
    { text: "Every offender is banned", detail: "", at: null },
  ],
  log: [{ at, text: hostile }],
  inbox: [
    {
      ...proposal,
      status: "open",
      url: "javascript:document.title=1",
      isMoot: false,
      approved: 0,
      rejected: 0,
      by: "",
    },
    { ...proposal, id: "p2", status: "approved", ...decision },
  ],
  launches: [{ number: 1, title: "Password spray", at, sources: 12, calls: 99, refused: 9, state: "runs" }],
});

let state: LiveState = full;
let answerLaunch = (id: string) => id;
const done: string[] = [];
let browser: Browser | undefined;
let server: Awaited<ReturnType<typeof servePage>>;
beforeAll(async () => {
  server = await servePage({
    ...{ port: 0, setting: aLiveSetting(), state: () => state, report: () => null, now: () => 0 },
    actions: {
      async switchMode(mode) {
        done.push(mode);
        state = { ...state, mode };
      },
      launch: (id) => answerLaunch(id),
      onFault: (error) => void done.push(String(error)),
    },
  });
  if (executablePath) browser = await openBrowser();
}, 60_000);
beforeEach(() => {
  state = full;
  answerLaunch = (id) => {
    done.push(id);
    return "Password spray";
  };
  done.splice(0);
});
afterAll(async () => {
  await browser?.close();
  await server.stop();
});

async function open(options: Parameters<typeof openPage>[1] = {}) {
  if (!browser) throw new Error("there is no browser");
  const opened = await openPage(browser, { allowed: server.url, viewport: { width: 1280, height: 900 }, ...options });
  await opened.page.goto(server.url);
  return opened;
}

inBrowser("values from the traffic are shown as text, and nothing of them runs", async () => {
  const { page, faults, close } = await open();
  await page.locator("#answer").waitFor({ state: "attached" });
  expect(await page.locator("img, main script").count()).toBe(0);
  expect(await page.locator("#sources tbody th").nth(1).textContent()).toBe(hostile);
  expect(await page.locator("#live-inbox a").count()).toBe(0);
  expect([await page.title(), faults]).toEqual(["Portcullis live", []]);
  await close();
});

inBrowser("a part that changes is brought up to date in place, and what stays keeps the focus", async () => {
  const { page, faults, close } = await open();
  const button = page.getByRole("button", { name: "observe" });
  await button.focus();
  state = { ...full, mode: "observe", sources: [aLiveSource({ secondsLeft: 5, reasons: ["a new reason"] })] };
  await page.getByText("a new reason").waitFor();
  await page.getByText("0 min 05 s left").waitFor();
  expect(await page.locator("#sources tbody tr").count()).toBe(1);
  expect(await button.getAttribute("aria-pressed")).toBe("true");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("observe");
  expect(faults).toEqual([]);
  await close();
});

inBrowser("the current state of the run is lit in the picture, and told in words", async () => {
  const { page, close } = await open();
  expect(await page.locator("#live-workflow .across .box.current").getAttribute("data-state")).toBe("Score");
  expect(await page.locator("#run-title").textContent()).toContain("round 2: running, now at Score");
  expect(await page.locator("#live-asking .across .box.current").count()).toBe(1);
  await close();
});

inBrowser("by the keyboard alone the mode is switched and an attack launched, and the answer is told", async () => {
  const { page, close } = await open();
  const press = async (name: string) => {
    for (let count = 0; count < 40; count++) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate("document.activeElement.dataset.value")) === name) return page.keyboard.press("Enter");
    }
    throw new Error(`${name} cannot be reached`);
  };
  await press("paused");
  await page.getByText("The mode is paused.").waitFor();
  await press("spray");
  await page.getByText("Launched: Password spray.").waitFor();
  expect(done).toEqual(["paused", "spray"]);
  await close();
});

inBrowser("what cannot be done is answered in words", async () => {
  const { page, close } = await open();
  answerLaunch = () => {
    throw new Error("broken");
  };
  await page.getByRole("button", { name: "Launch Password spray" }).click();
  await page.getByText("That did not work; the terminal says more.").waitFor();
  expect(done).toEqual(["Error: broken"]);
  await close();
});

const looks = [1280, 390].flatMap((width) =>
  (["light", "dark"] as const).map((colorScheme) => ({ width, colorScheme })),
);

inBrowser.each(looks)(
  "at $width pixels in $colorScheme colours nothing is cut off, and axe finds nothing",
  async (look) => {
    for (const shown of [full, aLiveState()]) {
      state = shown;
      const { page, faults, close } = await open({
        viewport: { width: look.width, height: 900 },
        colorScheme: look.colorScheme,
      });
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      expect(await axeViolations(page)).toEqual([]);
      expect(faults).toEqual([]);
      await close();
    }
  },
);
