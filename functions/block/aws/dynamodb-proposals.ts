/** Proposals in the ledger table: `PROPOSAL#<id>`, and per category the latest one (`OPEN#<category>`). */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import * as z from "zod";

import { ALL_CATEGORIES, publicCategories } from "../../domain/deployment.ts";
import { DAY, toIso } from "../../domain/instant.ts";
import { type Proposal, proposalSchema } from "../../domain/proposal.ts";
import type { Notice, ProposalStore } from "../ports.ts";
import {
  type Condition,
  conditionInput,
  documentIn,
  held,
  keyOf,
  type LedgerTable,
  numeric,
  textual,
} from "./dynamodb-items.ts";
import { retryable } from "./retryable.ts";

const KEPT_MS = 90 * DAY;
const TOKEN = "token:";
const noticesSchema = z.array(
  z.object({
    ...{ at: z.string(), sources: z.number(), topScore: z.number(), linkExpiresAt: z.string() },
    reminderOf: z.number().optional(),
  }),
);

export function dynamoDbProposals(table: LedgerTable): ProposalStore {
  const send = retryable(table.name);
  /** Sets attributes and leaves the others alone: tokens and notices are written beside the proposal by others. */
  const update = (id: string, attributes: Readonly<Record<string, string | number>>, condition: Condition) =>
    send(() => held(table.client.send(updateOf(table.name, id, attributes, condition))));
  return {
    async get(id) {
      const item = await table.get(proposalKey(id));
      if (!item) return null;
      const tokens = Object.entries(item).flatMap(([name, value]) =>
        name.startsWith(TOKEN) && value.S !== undefined ? [[name.slice(TOKEN.length), value.S] as const] : [],
      );
      return {
        proposal: documentIn(proposalSchema, item),
        tokens: Object.fromEntries(tokens),
        notices: noticesSchema.parse(JSON.parse(item["notices"]?.S ?? "[]")),
        doneAt: item["doneAt"]?.S ?? null,
      };
    },
    async latest(category) {
      return (await table.get(openKey(category)))?.["id"]?.S ?? null;
    },
    async open(proposal, previous) {
      // The proposal first: an id that nobody points to is harmless, a pointer to nothing is not.
      await update(proposal.id, attributesOf(proposal), { expression: "attribute_not_exists(pk)" });
      const pointer = { ...keyOf(openKey(proposal.category)), id: textual(proposal.id) };
      return table.put(
        pointer,
        previous === null
          ? { expression: "attribute_not_exists(pk)" }
          : { expression: "id = :previous", values: { ":previous": textual(previous) } },
      );
    },
    put: (proposal, expected) =>
      update(proposal.id, attributesOf(proposal), {
        expression: "version = :expected and #status = :open",
        names: { "#status": "status" },
        values: { ":expected": numeric(expected), ":open": textual("open") },
      }),
    async putToken(id, version, token) {
      await update(id, { [`${TOKEN}${version}`]: token }, { expression: "attribute_exists(pk)" });
    },
    async putNotices(id, notices: readonly Notice[]) {
      await update(id, { notices: JSON.stringify(notices) }, { expression: "attribute_exists(pk)" });
    },
    async putDone(id, at) {
      await update(id, { doneAt: toIso(at) }, { expression: "attribute_exists(pk)" });
    },
    async categories() {
      const categories = [...Object.keys(publicCategories), "patrol", "manual", ALL_CATEGORIES];
      const items = await table.getMany(categories.map(openKey));
      return items.flatMap((item) => item["id"]?.S ?? []);
    },
  };
}

function proposalKey(id: string) {
  return { pk: `PROPOSAL#${id}`, sk: "PROPOSAL" };
}

function openKey(category: string) {
  return { pk: `OPEN#${category}`, sk: "OPEN" };
}

function attributesOf(proposal: Proposal): Record<string, string | number> {
  return {
    doc: JSON.stringify(proposal),
    version: proposal.version,
    status: proposal.status,
    ttl: Math.floor((Date.parse(proposal.updatedAt) + KEPT_MS) / 1000),
  };
}

function updateOf(
  table: string,
  id: string,
  attributes: Readonly<Record<string, string | number>>,
  condition: Condition,
) {
  const entries = Object.entries(attributes);
  const base = conditionInput(condition);
  return new UpdateItemCommand({
    TableName: table,
    Key: keyOf(proposalKey(id)),
    ...base,
    UpdateExpression: `SET ${entries.map((_, index) => `#a${index} = :a${index}`).join(", ")}`,
    ExpressionAttributeNames: {
      ...base.ExpressionAttributeNames,
      ...Object.fromEntries(entries.map(([name], index) => [`#a${index}`, name])),
    },
    ExpressionAttributeValues: {
      ...base.ExpressionAttributeValues,
      ...Object.fromEntries(
        entries.map(([, value], index) => [`:a${index}`, typeof value === "number" ? numeric(value) : textual(value)]),
      ),
    },
  });
}
