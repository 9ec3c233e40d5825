/** The demo's on-call: opens the link of the mail, reads the page's form and sends it, as a browser would. */
import { approvalFields } from "../../functions/domain/proposal.ts";

/** Approves every source on the page. False if the page offers no form (decided, expired, unknown). */
export async function approveOnPage(link: string): Promise<boolean> {
  const page = await fetch(link);
  const form = readForm(await page.text());
  if (!page.ok || !form) return false;
  const answer = await fetch(new URL(form.action, link), { method: "POST", body: form.fields, redirect: "manual" });
  return answer.status < 400;
}

interface Form {
  readonly action: string;
  readonly fields: URLSearchParams;
}

/** Null for a page without form. Every check box is ticked. */
export function readForm(page: string): Form | null {
  const action = /<form method="post" action="([^"]*)">/.exec(page)?.[1];
  if (action === undefined) return null;
  const fields = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input [^>]*>/g)) {
    const name = attribute(tag, "name");
    if (name) fields.append(name, attribute(tag, "value") ?? "on");
  }
  fields.set(approvalFields.comment, "approved by the demo's on-call");
  fields.set(approvalFields.decision, "approve");
  return { action: decodeEntities(action), fields };
}

function attribute(tag: string, name: string): string | null {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? null : decodeEntities(value);
}

function decodeEntities(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
