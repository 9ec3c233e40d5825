/** Serves the live page and its stream of server-sent events, on loopback only. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";

import { type LivePage, type LiveState, livePagePolicy, renderLivePage } from "../../report/live-page.ts";
import { type Listening, listen } from "../http.ts";

const FRAME_MS = 300;
const script = fileURLToPath(new URL("../../report/browser/live.js", import.meta.url));

export interface PageServerOptions {
  readonly port: number;
  readonly page: Pick<LivePage, "machine" | "thresholds" | "seed">;
  state(): LiveState;
  /** The demo's clock, for commands that act on the running demo. */
  now(): number;
}

/** Answers GET `/`, `/events` and `/clock`; anything else is 404. Without a reader no state is asked for. */
export async function servePage(options: PageServerOptions): Promise<Listening> {
  const source = readFileSync(script, "utf8");
  const readers = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    if (!isOurs(request)) return sendText(response, 403, "This page is for this machine only.");
    if (request.method !== "GET") return sendText(response, 405, "Only GET is answered here.");
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path === "/") return sendPage(response, options.page, source);
    if (path === "/clock") return sendText(response, 200, String(options.now()));
    if (path !== "/events") return sendText(response, 404, "There is only /, /events and /clock.");
    openStream(response, readers, options.state());
  });
  const listening = await listen(server, options.port);
  const frames = setInterval(() => {
    if (readers.size === 0) return;
    const frame = frameOf(options.state());
    for (const reader of readers) reader.write(frame);
  }, FRAME_MS);
  return {
    ...listening,
    async stop() {
      clearInterval(frames);
      for (const reader of readers) reader.end();
      await listening.stop();
    },
  };
}

function frameOf(state: LiveState): string {
  return `event: state\ndata: ${JSON.stringify(state)}\n\n`;
}

function openStream(response: ServerResponse, readers: Set<ServerResponse>, state: LiveState): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(`retry: 1000\n\n${frameOf(state)}`);
  readers.add(response);
  response.on("close", () => readers.delete(response));
}

/** A name that resolves to loopback is not enough: a web page elsewhere could point its own name here. */
function isOurs(request: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? "");
}

function sendPage(response: ServerResponse, page: PageServerOptions["page"], source: string): void {
  const nonce = randomBytes(16).toString("base64url");
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": livePagePolicy(nonce),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  response.end(renderLivePage({ ...page, nonce, script: source }));
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}
