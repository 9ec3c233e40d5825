/** What we know of each machine-owned set, in the ledger table: `SET#<target>#<name>`, its lists compressed. */
import { gunzipSync, gzipSync } from "node:zlib";

import { NotSupportedError } from "../../domain/errors.ts";
import { readListing, writeListing } from "../listing-text.ts";
import type { SetStateStore } from "../ports.ts";
import type { Listing, SetState } from "../set-state.ts";
import { type Item, keyOf, type LedgerTable, numeric, onVersion, textual } from "./dynamodb-items.ts";

/** DynamoDB's limit for an item is 400 KB, names and keys included. */
const LIST_LIMIT_BYTES = 390_000;

export function dynamoDbSetStates(table: LedgerTable): SetStateStore {
  return {
    async getSetState(target, name) {
      const item = await table.get(setKey(target, name));
      return item && stateOf(item);
    },
    putSetState: (target, name, state) => table.put(itemOf(target, name, state), onVersion(state.version)),
  };
}

function setKey(target: string, name: string) {
  return { pk: `SET#${target}#${name}`, sk: "SET" };
}

function itemOf(target: string, name: string, state: SetState): Item {
  const written = compress(state.written);
  const intent = compress(state.intent);
  if (written.length + intent.length > LIST_LIMIT_BYTES)
    throw new NotSupportedError(`The lists of the IP set ${name} do not fit into one ledger item; use more shards`);
  return {
    ...keyOf(setKey(target, name)),
    setId: textual(state.setId),
    written: { B: written },
    intent: { B: intent },
    ...(state.pendingSince !== null && { pendingSince: textual(state.pendingSince) }),
    version: numeric(state.version),
  };
}

function stateOf(item: Item): SetState {
  return {
    setId: item["setId"]?.S ?? "",
    written: expand(item["written"]?.B),
    intent: expand(item["intent"]?.B),
    pendingSince: item["pendingSince"]?.S ?? null,
    version: Number(item["version"]?.N ?? 0),
  };
}

function compress(listing: Listing): Uint8Array {
  return gzipSync(writeListing(listing));
}

function expand(bytes: Uint8Array | undefined): Listing {
  return bytes ? readListing(gunzipSync(bytes).toString("utf8")) : new Map();
}
