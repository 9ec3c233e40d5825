import type { Target } from "../domain/ban.ts";
import { RetryableError } from "../domain/errors.ts";
import type { IpSet, IpSetStore, Timing } from "./ports.ts";

export interface PatientReader {
  readonly ipSets: IpSetStore;
  readonly timing: Timing;
}

const PATIENCE_MS = 10_000;

/** Everything in the account shares WAF's five reads a second, so one that is refused is asked for again, for a while. */
export async function readPatiently(
  { ipSets, timing }: PatientReader,
  target: Target,
  name: string,
): Promise<IpSet | null> {
  const started = timing.now();
  for (;;) {
    try {
      return await ipSets.read(target, name);
    } catch (error) {
      if (!(error instanceof RetryableError) || timing.now() - started > PATIENCE_MS) throw error;
      await timing.pause(250 + 1_000 * timing.random());
    }
  }
}
