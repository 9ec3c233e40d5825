import fc from "fast-check";

import { embeddedJson, html, trusted } from "../../report/html.ts";

test.each([
  { case: "markup", value: "<script>alert(1)</script>", text: "&lt;script&gt;alert(1)&lt;/script&gt;" },
  { case: "the end of an attribute", value: '" onload="x', text: "&quot; onload=&quot;x" },
  { case: "an entity", value: "&lt;", text: "&amp;lt;" },
  { case: "right-to-left override", value: "198.51.100.7\u202e", text: "198.51.100.7\\u202e" },
  { case: "a number", value: 7, text: "7" },
  { case: "nothing", value: null, text: "" },
])("a value with $case is text", ({ value, text }) => {
  expect(html`<p>${value}</p>`.text).toBe(`<p>${text}</p>`);
});

test("templates nest without being escaped twice", () => {
  expect(html`<ul>${["a", "<b>"].map((item) => html`<li>${item}</li>`)}</ul>`.text).toBe(
    "<ul><li>a</li><li>&lt;b&gt;</li></ul>",
  );
});

test("an object that looks like markup is no markup", () => {
  const forged = JSON.parse('{"text":"<script>"}');
  expect(html`${forged}`.text).not.toContain("<script>");
});

test("whatever the value, no new tag or attribute can begin", () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(html`<a title="${value}">${value}</a>`.text.match(/[<>"]/g)).toHaveLength(6);
    }),
  );
});

test("embedded JSON cannot end its script block and reads back as it was", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = embeddedJson({ value, trap: "</script><!--" }).text;
      expect(text).not.toMatch(/[<>&]/);
      expect(JSON.stringify(JSON.parse(text).value)).toBe(JSON.stringify(value));
    }),
  );
});

test("only what is marked as ours goes in as markup", () => {
  expect(html`${trusted("<br>")}`.text).toBe("<br>");
});
