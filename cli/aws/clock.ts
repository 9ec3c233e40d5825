/** AWS's clock, by which everything in a deployment is told: the machine at hand may be minutes or hours off. */
import type { LedgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { SECOND } from "../../functions/domain/instant.ts";

/** AWS tells whole seconds, and the answer takes its time. */
const SAME_MS = 2 * SECOND;

/**
 * Milliseconds by which AWS's clock is ahead of this machine's; the SDK finds them out from any answer, a refusal as
 * well. Without an answer it is none: then the command's own calls fail and say why.
 */
export async function readClockAhead(ledger: LedgerTable): Promise<number> {
  await ledger.get({ pk: "MODE", sk: "MODE" }).catch(() => null);
  const { systemClockOffset } = ledger.client.config;
  return Math.abs(systemClockOffset) < SAME_MS ? 0 : systemClockOffset;
}
