/** A viewer's HTTP request. Who the viewer is says a header that only loopback may send: the local world has one address. */
import type { IncomingMessage } from "node:http";

import { canonicalAddress } from "../../functions/domain/cidr.ts";
import { readBody } from "../http.ts";

const VIEWER_HEADER = "x-portcullis-viewer";
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
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly Header[];
  readonly body: Buffer;
}

/** Null if the claimed viewer is no address, or if it hung up in the middle of its request. */
export async function readViewer(request: IncomingMessage): Promise<ViewerRequest | null> {
  const peer = request.socket.remoteAddress ?? "";
  const claimed = LOOPBACK.test(peer) ? request.headers[VIEWER_HEADER] : undefined;
  const clientIp = canonicalAddress(String(claimed ?? peer));
  const body = await readBody(request, LARGEST_BODY).catch(() => null);
  if (clientIp === null || body === null) return null;
  const [path = "/", query = ""] = splitOnce(request.url ?? "/", "?");
  return {
    clientIp,
    clientPort: request.socket.remotePort ?? 0,
    method: request.method ?? "",
    path,
    query,
    headers: pairs(request.rawHeaders).filter(({ name }) => name.toLowerCase() !== VIEWER_HEADER),
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
