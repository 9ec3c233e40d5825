/** Whatever callers put into names, headers and handshakes: no notice says anything but what we say. */
import fc from "fast-check";

import { overNotice, stoppedNotice } from "../../functions/block/end-notices.ts";
import { findingsNotice, findingsOf } from "../../functions/block/findings.ts";
import type { NoticeText } from "../../functions/block/notice-text.ts";
import { appliedNotice, proposalNotice } from "../../functions/block/notices.ts";
import { HOUR } from "../../functions/domain/instant.ts";
import { aProposal } from "../contracts/ledger.ts";
import { aFiledBan, aPlan, aPlannedBan, aReason, aRun, NOON } from "./builders.ts";

const LINK = "https://page.example/?id=p&exp=1&hmac=m";
const RUNBOOK = "https://example.org/runbook";

const hostile = [
  "<https://evil.example|Approve here>",
  "<!channel> <@U012AB3CD> <!subteam^S1>",
  "[Approve](https://evil.example) ![x](https://evil.example/x.png)",
  "*bold* ~gone~ ```code``` `tick`",
  "ok\r\nDecide until never: https://evil.example",
  "\u001b[2J\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007",
  "\u202egnp.exe\u2066 \u200bzero\u2028line\u2029page\u0085next\u0000nul",
  '"}],"default":"forged","https":"{}"}',
  "Subject: forged\nBcc: all@example.org",
  "\\u003cscript\\u003e \\n \\\\",
  "=HYPERLINK(1)+cmd|' /C calc'!A0",
  "𝕬".repeat(4_000),
  "\ud800 lone \udfff",
];

function noticesOf(evil: string): NoticeText[] {
  const reasons = [aReason({ text: evil, detection: evil })];
  const run = aRun({ alarmName: evil, category: evil, runId: evil });
  const entries = [aFiledBan({ source: evil, reasons })];
  const document = { schema: 1 as const, entries, missing: [evil], notes: [evil], totalCalls: 1 };
  const asking = { link: LINK, until: NOON + HOUR, onTimeout: "discard" as const };
  const plan = aPlan({
    ...{ run, missing: [evil], notes: [evil], apply: [aPlannedBan({ source: evil, reasons })] },
    refuse: [{ source: evil, score: 1, why: "allow-listed", matched: evil }],
  });
  const applied = { schema: 1 as const, run, counts: { banned: 1, extended: 0, unchanged: 0, overflow: 0 } };
  return [
    proposalNotice(aProposal({ run, category: evil }), document, { ...asking, reminder: false }),
    proposalNotice(aProposal({ run, category: evil }), document, { ...asking, reminder: true }),
    appliedNotice(plan, { ...applied, sourcesWritten: 1, stopped: plan.refuse }, RUNBOOK),
    findingsNotice(plan, findingsOf(plan), RUNBOOK),
    overNotice({ run, reason: evil }, relief, null, RUNBOOK),
    stoppedNotice({ run, reason: evil, burning: [evil] }, [evil], RUNBOOK),
  ];
}

const relief = {
  ...{ sources: 1, before: 92, predicted: 24, firstAt: NOON, busiest: { at: NOON, calls: 99 } },
  measured: { calls: 31, window: { from: NOON, to: NOON + HOUR } },
};

/** All addresses that a mail program or a chat client would make a link of. */
const addresses = (text: string) =>
  (text.match(/[a-z]+:\/\/\S+/gi) ?? []).map((address) => address.replace(/(?<=runbook)#[a-z-]+$/, ""));

function expectHarmless({ subject, text, chat }: NoticeText): void {
  expect(subject).toMatch(/^Portcullis: [\x20-\x7e]{1,87}$/);
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text.split("\n").filter((line) => /^(Decide until|Subject|Bcc)/.test(line)).length).toBeLessThanOrEqual(1);
  expect([LINK, RUNBOOK]).toEqual(expect.arrayContaining(addresses(text)));
  const { title, description } = chat.content;
  const ours = description.replace(LINK, "");
  expect(`${title}${ours}${chat.metadata.summary}`).not.toMatch(/[<>[\]|*~`\\]|&(?!(amp|lt|gt);)/);
  expect([LINK, RUNBOOK]).toEqual(expect.arrayContaining(addresses(description)));
  expect([title.length <= 250, description.length <= 3_000]).toEqual([true, true]);
  const message = JSON.stringify({ default: text, https: JSON.stringify(chat) });
  expect(Object.keys(JSON.parse(message))).toEqual(["default", "https"]);
  expect(Buffer.byteLength(message)).toBeLessThan(256 * 1024);
}

test.each(hostile)("%j stays words: in the subject, in the mail and in the chat", (evil) => {
  for (const notice of noticesOf(evil)) expectHarmless(notice);
});

test("so does any text at all", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (evil) => {
      for (const notice of noticesOf(evil)) expectHarmless(notice);
    }),
  );
});

test("the link stands in front of what may be cut, however much there is to say", () => {
  const entries = Array.from({ length: 5_000 }, () => aFiledBan({ reasons: [aReason({ text: "x".repeat(5_000) })] }));
  const missing = Array.from({ length: 500 }, () => "y".repeat(3_000));
  const document = { schema: 1 as const, entries, missing, notes: missing, totalCalls: 1 };
  const asking = { link: LINK, until: NOON + HOUR, onTimeout: "banHighConfidence" as const, reminder: false };
  const { text, chat } = proposalNotice(aProposal(), document, asking);
  expect(text).toContain(`${LINK}\n`);
  expect(text).toContain("certain by itself");
  expect(chat.content.description).toContain(`${LINK}\n`);
  expect(chat.content.description).toMatch(/\(cut here: \d+ lines more\)/);
  expect(Buffer.byteLength(text)).toBeLessThan(100_000);
});

test("the chat form has the members that its schema asks for, and a thread for each run", () => {
  const [notice] = noticesOf("plain");
  expect(notice?.chat).toEqual({
    ...{ version: "1.0", source: "custom" },
    content: { textType: "client-markdown", title: expect.any(String), description: expect.any(String) },
    metadata: { threadId: "plain", summary: expect.any(String) },
  });
});
