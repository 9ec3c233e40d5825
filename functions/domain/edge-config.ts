/**
 * What `infra/` and the edge function agree on. A file of its own and in `zod/mini`, because every byte imported
 * here is loaded by each cold start at the edge.
 */
import * as z from "zod/mini";

import { GATE } from "./gate.ts";

/**
 * What the edge function reads from origin custom headers, since Lambda@Edge has no environment. Read, then
 * deleted before the request goes on.
 */
export const edgeHeaders = {
  secretArn: "x-portcullis-secret",
  secretRegions: "x-portcullis-secret-regions",
  clientIds: "x-portcullis-clients",
  refreshStrategy: "x-portcullis-refresh",
  /** `none` or `userContext`. */
  clientAddress: "x-portcullis-client-address",
  /** The user pool's id; present where sign-ins go through AdminInitiateAuth. */
  adminPool: "x-portcullis-admin-pool",
  /** The user pool's id; present while sign-ins that began before the last switch of variants may end. */
  finishPool: "x-portcullis-finish-pool",
  /** Comma-separated web origins; absent: any. */
  allowedOrigins: "x-portcullis-origins",
  /** Comma-separated app clients that may call without an Origin header, `-` for none; absent: all. */
  nativeClients: "x-portcullis-native-clients",
} as const;

/** The secret document in Secrets Manager (design §7). */
export const secretDocumentSchema = z.object({
  gates: z.array(z.string().check(z.regex(GATE))).check(z.minLength(1), z.maxLength(2)),
  tagKey: z.string().check(z.minLength(16)),
  clients: z.record(
    z.string(),
    z.object({ secrets: z.array(z.string().check(z.minLength(1))).check(z.minLength(1), z.maxLength(2)) }),
  ),
});
export type SecretDocument = z.infer<typeof secretDocumentSchema>;
