import type { AccountAtRisk } from "../functions/domain/account.ts";
import { type Html, html } from "./html.ts";
import { type Column, tableOf } from "./table.ts";
import { numberOf, timeOf } from "./times.ts";

const columns: readonly Column<AccountAtRisk>[] = [
  { title: "Account", cell: ({ sub, userTag }) => html`<span class="mono">${sub ?? `tag ${userTag}`}</span>` },
  { title: "Source", cell: ({ source }) => html`<span class="mono">${source}</span>` },
  { title: "Operation", cell: ({ operation }) => operation },
  { title: "First success", cell: ({ at }) => timeOf(at) },
  { title: "Others failed before", number: true, cell: ({ failedUsersBefore }) => numberOf(failedUsersBefore) },
];

/** For a credential attack this list is worth more than the block. */
export function buildAccounts(accounts: readonly AccountAtRisk[]): Html {
  if (accounts.length === 0) return html`<p class="soft">Nobody got in where others had failed before.</p>`;
  const caption = "Got in from a source that had failed for others. End their sessions and have the passwords changed.";
  return tableOf("accounts", caption, columns, accounts);
}
