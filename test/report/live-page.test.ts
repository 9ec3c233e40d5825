import { livePagePolicy, livePartsOf, renderLivePage } from "../../report/live-page.ts";
import { placeMarks } from "../../report/live-traffic.ts";
import { aLiveSetting, aLiveSource, aLiveState } from "./live-builders.ts";

const hostile = '</script><img src=x onerror="alert(1)">\u202egnp';
const setting = aLiveSetting();
const page = { nonce: "n0nce", token: "t0ken", script: "1 < 2;", setting, state: aLiveState() };

test("every script and style carries the nonce that the policy names", () => {
  const text = renderLivePage(page);
  const tags = text.match(/<(script|style)\b[^>]*>/g) ?? [];
  expect(tags.length).toBeGreaterThan(2);
  expect(tags.every((tag) => tag.includes('nonce="n0nce"'))).toBe(true);
  expect(livePagePolicy("n0nce")).toContain("script-src 'nonce-n0nce'");
});

test("the page asks nothing of any other place", () => {
  expect(renderLivePage(page)).not.toMatch(/(src|href)="(?!data:,)/);
  expect(livePagePolicy("x")).toContain("default-src 'none'");
});

test("no part of the page lets a value be markup, whatever it is", () => {
  const at = "2026-03-03T10:04:00.000Z";
  const parts = livePartsOf(
    aLiveState({
      headline: hostile,
      gauges: [{ category: hostile, percent: 92, inAlarm: [50] }],
      run: { id: hostile, status: hostile, round: 2, current: [hostile], passed: [hostile] },
      sources: [aLiveSource({ source: hostile, reasons: [hostile, hostile], decidedBy: hostile })],
      steps: [{ text: hostile, detail: hostile, at }],
      log: [{ text: hostile, at }],
      inbox: ["open", "approved"].map((status) => ({
        ...{ id: hostile, category: hostile, version: 1, sources: 2, topScore: 90, status, updatedAt: at },
        ...{ url: "http://127.0.0.1:1/", isMoot: false, approved: 1, rejected: 1, by: hostile },
      })),
      launches: [{ number: 1, title: hostile, at, sources: 2, calls: 3, refused: 1, state: "runs" }],
    }),
    setting,
  );
  for (const part of Object.values(parts)) {
    expect(part).not.toContain("<img");
    expect(part).not.toContain("\u202e");
  }
});

test.each(["javascript:alert(1)", "https://example.com/", "http://127.0.0.1.example.com/"])(
  "%s never becomes a link to decide by",
  (url) => {
    const proposal = { id: "p", category: "UserCreation", version: 1, sources: 2, topScore: 90, status: "open" };
    const inbox = [
      { ...proposal, updatedAt: "2026-03-03T10:04:00.000Z", url, isMoot: false, approved: 0, rejected: 0, by: "" },
    ];
    expect(livePartsOf(aLiveState({ inbox }), setting)["live-inbox"]).not.toContain("href");
  },
);

test("who was blocked stands beside why and until when", () => {
  const { "live-sources": part } = livePartsOf(aLiveState({ sources: [aLiveSource()] }), setting);
  const text = part?.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  expect(text).toMatch(
    /203\.0\.113\.7\/32 blocked 19 failed sign-ins on 19 different users, 0 successful.*hands-off.*10:15:00 1 min 05 s left/,
  );
});

test("a demo that ends by itself offers nothing to do", () => {
  const text = renderLivePage({ ...page, setting: aLiveSetting({ offers: [] }), state: aLiveState({ isTold: true }) });
  expect(text).not.toContain("<button");
  expect(text).not.toContain("Now it is yours");
});

test("marks of one word and one time are one with a number, and no two words run into one another", () => {
  const spread = Array.from({ length: 30 }, (_, index) => ({ percent: 3 * index, text: index % 2 ? "alarm" : "ban" }));
  const together = Array.from({ length: 4 }, () => ({ percent: 40, text: "attack" }));
  expect(placeMarks(together)).toEqual([{ percent: 40, text: "attack ×4", row: 0 }]);
  const placed = placeMarks([...together, ...spread]);
  expect(placed.filter(({ row }) => row === null).length).toBeGreaterThan(0);
  for (const row of [0, 1, 2]) {
    const starts = placed.filter((mark) => mark.row === row && mark.percent <= 80).map(({ percent }) => percent);
    const sorted = starts.toSorted((a, b) => a - b);
    expect(sorted.every((start, index) => index === 0 || start - (sorted[index - 1] ?? 0) >= 8)).toBe(true);
  }
});

test("the reports of runs that began at one time are told apart by what started them", () => {
  const reports = ["portcullis-UserCreation-50", "the patrol"].map((startedBy, index) => {
    return { runId: `run-${index}`, at: "2026-03-03T10:04:00.000Z", startedBy };
  });
  const text = livePartsOf(aLiveState({ reports }), setting)["live-reports"]?.replaceAll(/<[^>]*>/g, "");
  expect(text).toContain("10:04:00 by portcullis-UserCreation-50, in a new tab, 10:04:00 by the patrol");
});

test("a mark near the right edge is written to the left of its place", () => {
  const slots = Array.from({ length: 100 }, (_, index) => {
    return { at: new Date(Date.UTC(2026, 2, 3, 10) + index * 10_000).toISOString(), benign: 1, attack: 0, refused: 0 };
  });
  const marks = [0, 95].map((index) => ({ at: slots[index]?.at ?? "", text: `mark ${index}` }));
  const { traffic } = aLiveState();
  const part = livePartsOf(aLiveState({ traffic: { ...traffic, slots, marks } }), setting)["live-traffic"];
  expect(part).toMatch(/class="event-text left-of" x="95.00%"[^>]*>mark 95</);
  expect(part).toMatch(/class="event-text " x="0.00%"[^>]*>mark 0</);
});
