/**
 * The three forms of a notice: a subject, plain text for mail, and the schema that Amazon Q Developer in chat
 * applications posts ("Custom notifications", 2026). Everything from outside is made harmless here, and bounded. Pure.
 */

/** In the schema `version` and `source` are fixed; `threadId` keeps the messages of one run together. */
export interface ChatNotification {
  readonly version: "1.0";
  readonly source: "custom";
  readonly content: { readonly textType: "client-markdown"; readonly title: string; readonly description: string };
  readonly metadata: { readonly threadId: string; readonly summary: string };
}

export interface NoticeText {
  readonly subject: string;
  readonly text: string;
  readonly chat: ChatNotification;
}

/** A line with words from outside, or one that is ours to the last character, such as a link. */
export type Line = string | { readonly own: string };

/** Far below SNS's 256 KB, which hold both forms, in UTF-8 and escaped as JSON. */
const TEXT_LIMIT = 24_000;
/** The schema allows 250 and 8,000; a block of Slack shows 3,000. */
const TITLE_LIMIT = 250;
const CHAT_LIMIT = 2_800;

export function noticeOf(subject: string, lines: readonly Line[], threadId: string): NoticeText {
  const title = subjectOf(subject);
  return {
    subject: title,
    text: joined(lines, harmless, TEXT_LIMIT),
    chat: {
      version: "1.0",
      source: "custom",
      content: {
        textType: "client-markdown",
        title: unmarked(title).slice(0, TITLE_LIMIT),
        description: joined(lines, unmarked, CHAT_LIMIT),
      },
      metadata: { threadId: harmless(threadId).slice(0, 200), summary: unmarked(title) },
    },
  };
}

const SHOWN = 20;

/** One line an item, and how many more there are. */
export function listOf<T>(items: readonly T[], line: (item: T) => string): string[] {
  const shown = items.slice(0, SHOWN).map((item) => `- ${line(item)}`);
  return items.length > SHOWN ? [...shown, `- and ${items.length - SHOWN} more`] : shown;
}

/** A title over a list, or nothing at all. */
export function sectionOf(title: string, sentences: readonly string[]): string[] {
  return sentences.length > 0 ? ["", title, ...listOf(sentences, (sentence) => sentence)] : [];
}

/** SNS allows fewer than 100 characters of printable ASCII. */
function subjectOf(subject: string): string {
  return `Portcullis: ${subject}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 99);
}

/** Whole lines only: what does not fit is left out and said. */
function joined(lines: readonly Line[], form: (line: string) => string, limit: number): string {
  const kept: string[] = [];
  let room = limit;
  for (const line of lines) {
    const text = typeof line === "string" ? form(line) : line.own;
    room -= text.length + 1;
    if (room < 0) return `${kept.join("\n")}\n(cut here: ${lines.length - kept.length} lines more)\n`;
    kept.push(text);
  }
  return `${kept.join("\n")}\n`;
}

/** One line that stays one: no control characters, no text direction tricks, no address that a mail program links. */
export function harmless(line: string): string {
  return line
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ")
    .replace(/:\/\//g, ": //")
    .slice(0, 1_500);
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const lookalikes: Readonly<Record<string, string>> = { "[": "(", "]": ")", "|": "/", "\\": "/" };

/** The same without anything that a chat client takes for a mention, a link or formatting. */
function unmarked(line: string): string {
  return harmless(line)
    .replace(/[*~`]/g, "'")
    .replace(/[[\]|\\]/g, (sign) => lookalikes[sign] ?? " ")
    .replace(/[&<>]/g, (sign) => entities[sign] ?? " ");
}
