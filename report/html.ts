/**
 * HTML that is safe by construction: a value that is put into a template is escaped unless it is itself the result
 * of a template. Attribute values must stand in double quotes.
 */
import { printable } from "../functions/domain/printable.ts";

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** `null`, `undefined` and `false` are left out, so that `condition && html`…`` reads well. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.reduce((text, part, index) => text + render(values[index - 1]) + part));
}

/** Text of ours that is markup already (a style sheet, a script file). Never for anything that came from outside. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** JSON for a `<script type="application/json">` block: no value can end the block or open a comment. */
export function embeddedJson(value: unknown): Html {
  const text = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return new Html(text);
}

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(render).join("");
  return escapeHtml(String(value));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Line breaks and tabs are mere space in HTML; every other sign that turns or hides text is shown as what it is. */
function escapeHtml(text: string): string {
  return text.replace(/[^\t\r\n]+/g, printable).replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
