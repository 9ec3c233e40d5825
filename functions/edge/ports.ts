import type { SecretDocument } from "../domain/edge-config.ts";

/** Where the client secrets, gates and the tag key are kept. */
export interface ClientSecrets {
  /** Throws if the document cannot be had or is not of the expected form; the error never holds any of it. */
  read(arn: string): Promise<SecretDocument>;
}
