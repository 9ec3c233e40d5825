/** Which generation of each rollup counts, in the ledger table: `pk` `ROLLUP#<hour or day>`, one conditional put a change. */
import * as z from "zod";

import { keyOf, ledgerTable, numeric, textual } from "../../block/aws/dynamodb-items.ts";
import { DAY, SECOND } from "../../domain/instant.ts";
import { type Piece, type RollupRegister, startOf } from "../rollup.ts";

/** Rows are kept for 14 days, so a name that is older names nothing. */
const KEEP = 15 * DAY;

const itemSchema = z.object({
  partition: z.object({ S: z.string() }),
  generation: z.object({ N: z.string() }).transform(({ N }) => Number(N)),
});

export function dynamoDbRollups(table: string, ledger = ledgerTable(table)): RollupRegister {
  return {
    async read(kind, partitions) {
      const items = await ledger.getMany(partitions.map((partition) => keysOf({ kind, partition })));
      return new Map(
        items.map((item) => itemSchema.parse(item)).map(({ partition, generation }) => [partition.S, generation]),
      );
    },
    async sampled(hours) {
      const items = await ledger.getMany(hours.map((partition) => keysOf({ kind: "hour", partition })));
      return items.filter((item) => item["part"]?.S === "sample").map((item) => itemSchema.parse(item).partition.S);
    },
    write: (piece, generation, isSample = false) =>
      ledger.put(
        {
          ...keyOf(keysOf(piece)),
          partition: textual(piece.partition),
          generation: numeric(generation),
          ...(isSample && { part: textual("sample") }),
          ttl: numeric(Math.floor((startOf(piece) + KEEP) / SECOND)),
        },
        {
          expression: "attribute_not_exists(pk) OR generation < :generation",
          values: { ":generation": numeric(generation) },
        },
      ),
  };
}

function keysOf({ kind, partition }: Piece): { readonly pk: string; readonly sk: string } {
  return { pk: `ROLLUP#${kind}#${partition}`, sk: "ROLLUP" };
}
