import { read, readDocument } from "./documents.ts";

const { headings } = readDocument("docs/runbook.md");

/** What no alarm asks for stands below this heading; that each alarm has an article is tested with the alarms. */
const start = headings.findIndex(({ text, depth }) => text === "Procedures" && depth === 2);

test("these procedures stand below the alarms' articles", () => {
  expect(headings.slice(start + 1).map(({ anchor }) => anchor)).toEqual([
    ...["deciding-a-proposal", "why-a-source-was-banned-or-why-not", "the-report-of-a-run"],
    ...["accounts-at-risk", "notices-in-a-chat-channel"],
    ...["predicted-and-measured-relief", "when-a-guard-keeps-an-offender-free"],
    ...["rotating-an-app-client-secret", "rotating-the-gates"],
    ...["when-the-quota-is-used-by-others", "bringing-in-the-gate", "deploying-a-change", "deleting-a-deployment"],
  ]);
});

const articles = read("docs/runbook.md")
  .split("\n## Procedures\n")[0]
  ?.split(/^## /m)
  .slice(1)
  .map((article) => ({ alarm: article.split("\n")[0] ?? "", article }));

test.each(articles ?? [])(
  "the article of $alarm begins with what to do first, and has its other parts",
  ({ article }) => {
    const parts = [...article.matchAll(/^\*\*(First|Description|Investigation|Resolution)\.\*\*/gm)].map(
      ([, part]) => part,
    );
    expect(parts).toEqual(["First", "Description", "Investigation", "Resolution"]);
    expect(article).toMatch(/^\*\*First\.\*\* .+\n\n```\n(npx portcullis|aws) /m);
  },
);
