/**
 * A viewer's HTTP request. Who the viewer is, and what its TLS looks like, say headers that only loopback may send: the
 * local world has one address and speaks plain HTTP.
 */
import type { IncomingMessage } from "node:http";

import { canonicalAddress } from "../../functions/domain/cidr.ts";
import { readBody } from "../http.ts";

const VIEWER_HEADER = "x-portcullis-viewer";
const JA4_HEADER = "x-portcullis-ja4";
const JA4 = /^[a-z0-9]{10}_[0-9a-f]{12}_[0-9a-f]{12}$/;
const LOOPBACK = /^(::ffff:)?127\.|^::1$/;
/** Nothing that speaks to Cognito is near this; it only keeps a runaway sender from filling the memory. */
const LARGEST_BODY = 8 * 1024 * 1024;

export interface Header {
  readonly name: string;
  readonly value: string;
}

export interface ViewerRequest {
  readonly clientIp: string;
  readonly clientPort: number;
  readonly ja4: string | null;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly Header[];
  readonly body: Buffer;
}

/** Null if the claimed viewer is no address, or if it hung up in the middle of its request. */
export async function readViewer(request: IncomingMessage): Promise<ViewerRequest | null> {
  const peer = request.socket.remoteAddress ?? "";
  const claims = LOOPBACK.test(peer) ? request.headers : {};
  const clientIp = canonicalAddress(String(claims[VIEWER_HEADER] ?? peer));
  const ja4 = String(claims[JA4_HEADER] ?? "");
  const body = await readBody(request, LARGEST_BODY).catch(() => null);
  if (clientIp === null || body === null) return null;
  const [path = "/", query = ""] = splitOnce(request.url ?? "/", "?");
  return {
    clientIp,
    clientPort: request.socket.remotePort ?? 0,
    ja4: JA4.test(ja4) ? ja4 : null,
    method: request.method ?? "",
    path,
    query,
    headers: pairs(request.rawHeaders).filter(({ name }) => ![VIEWER_HEADER, JA4_HEADER].includes(name.toLowerCase())),
    body,
  };
}

/** Names and values alternate in `rawHeaders`, which keeps the sender's case and repetitions. */
function pairs(raw: readonly string[]): Header[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [{ name, value: raw[index + 1] ?? "" }] : []));
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
