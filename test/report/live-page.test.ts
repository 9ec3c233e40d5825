import { livePagePolicy, renderLivePage } from "../../report/live-page.ts";

const page = {
  nonce: "n0nce",
  script: "1 < 2;",
  machine: [{ name: "</script>", kind: "task" }],
  thresholds: [50],
  seed: 1,
} as const;

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

test("the machine's names cannot end the block that carries them", () => {
  expect(renderLivePage(page)).not.toContain('"</script>');
});
