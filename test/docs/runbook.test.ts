import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** GitHub's anchors: lower case, spaces to hyphens, everything else but word characters dropped. */
function anchorsOf(markdown: string): string[] {
  const headings = markdown.replace(/```[\s\S]*?```/g, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** What no alarm asks for stands below. */
const PROCEDURES = "\n## Procedures\n";

test("these procedures stand below the alarms' articles", () => {
  const [, procedures = ""] = read("docs/runbook.md").split(PROCEDURES);
  expect(anchorsOf(procedures)).toEqual([
    ...["deciding-a-proposal", "why-a-source-was-banned-or-why-not", "accounts-at-risk", "notices-in-a-chat-channel"],
    ...["predicted-and-measured-relief", "when-a-guard-keeps-an-offender-free"],
    ...["rotating-an-app-client-secret", "rotating-the-gates"],
    ...["when-the-quota-is-used-by-others", "bringing-in-the-gate", "deploying-a-change", "deleting-a-deployment"],
  ]);
});

const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
  readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
);

test.each(documents)("links inside %s lead somewhere", (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  for (const [, path = "", anchor] of links) {
    const target = path ? join(document, "..", path) : document;
    const stat = readdirSync(join(root, target, ".."));
    expect(stat).toContain(target.split("/").filter(Boolean).at(-1));
    if (anchor) expect(anchorsOf(read(target))).toContain(anchor);
  }
});
