/** The policy that a person has set (`POLICY`). */
import type { PolicyStore } from "../ports.ts";
import { type Condition, keyOf, type LedgerTable, numeric, onVersion, textual } from "./dynamodb-items.ts";

const KEY = { pk: "POLICY", sk: "POLICY" };

export function dynamoDbPolicy(table: LedgerTable): PolicyStore {
  return {
    async getPolicy() {
      const item = await table.get(KEY);
      const version = Number(item?.["version"]?.N ?? 0);
      return { version, text: item && (item["doc"]?.S ?? "") };
    },
    putPolicy: ({ version, text }) =>
      table.put({ ...keyOf(KEY), version: numeric(version), doc: textual(text ?? "") }, after(version)),
  };
}

/** An item that somebody has left there without a version is no policy of ours, and must not stand for ever. */
function after(version: number): Condition {
  if (version > 1) return onVersion(version);
  return { expression: "NOT attribute_type(version, :number)", values: { ":number": textual("N") } };
}
