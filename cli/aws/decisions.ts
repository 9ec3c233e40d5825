/** Reads the record of decisions in the ledger table. Never writes. */
import { documentIn, type LedgerTable, textual } from "../../functions/block/aws/dynamodb-items.ts";
import { type DecisionRecord, decisionRecordSchema } from "../../functions/domain/decision.ts";
import { DAY, type Instant, toIso } from "../../functions/domain/instant.ts";

/** What was decided about a source in the days up to `now`, oldest first. One query a day: the record is kept by days. */
export async function readDecisions(
  ledger: LedgerTable,
  source: string,
  days: number,
  now: Instant,
): Promise<DecisionRecord[]> {
  const found: DecisionRecord[] = [];
  for (let ago = days - 1; ago >= 0; ago -= 1) {
    const items = await ledger.query({
      KeyConditionExpression: "pk = :day",
      // A hint only: the text of another decision may name the source, too.
      FilterExpression: "contains(doc, :source)",
      ExpressionAttributeValues: {
        ":day": textual(`LOG#${toIso(now - ago * DAY).slice(0, 10)}`),
        ":source": textual(source),
      },
    });
    found.push(...items.map((item) => documentIn(decisionRecordSchema, item)).filter((each) => each.source === source));
  }
  return found;
}
