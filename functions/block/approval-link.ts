/** Links to the approval page: a random id, an expiry, and a MAC over both. Never the task token. Pure. */
import { createHmac, timingSafeEqual } from "node:crypto";

import type { Instant } from "../domain/instant.ts";

export interface ApprovalLink {
  readonly id: string;
  readonly expiresAt: Instant;
}

/** Path and query of the page, to be put behind the function URL. */
export function linkQuery({ id, expiresAt }: ApprovalLink, key: string): string {
  const exp = String(Math.floor(expiresAt / 1000));
  return new URLSearchParams({ id, exp, hmac: macOf(id, exp, key) }).toString();
}

/**
 * The link in a query string; null if it is forged or over. Each part must stand exactly once: a second `id` could
 * be read by somebody else than the one that was checked.
 */
export function readLink(query: string, key: string, now: Instant): ApprovalLink | null {
  const parameters = new URLSearchParams(query);
  const [id = "", exp = "", hmac = ""] = ["id", "exp", "hmac"].map((name) => {
    const values = parameters.getAll(name);
    return values.length === 1 ? values[0] : "";
  });
  if (!/^[A-Za-z0-9_-]{16,64}$/.test(id) || !/^\d{1,12}$/.test(exp)) return null;
  if (!equalInConstantTime(hmac, macOf(id, exp, key))) return null;
  const expiresAt = Number(exp) * 1000;
  return now < expiresAt ? { id, expiresAt } : null;
}

function macOf(id: string, exp: string, key: string): string {
  return createHmac("sha256", key).update(`approval.${id}.${exp}`).digest("base64url");
}

function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
