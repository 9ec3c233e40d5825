import { documentPaths, read } from "./documents.ts";

const pages = documentPaths.filter((path) => /^docs\/adr\/\d{4}-/.test(path));

test("there are decisions", () => {
  expect(pages.length).toBeGreaterThan(20);
});

test.each(pages)("%s says status, context, decision and consequences, in this order", (path) => {
  const parts = [...read(path).matchAll(/^(?:\*\*|## |(?=Status:))(Status|Context|Decision|Consequences)\b/gm)].map(
    ([, part]) => part,
  );
  expect(parts).toEqual(["Status", "Context", "Decision", "Consequences"]);
});
