/** Serves the live page, the stream of its parts, and what a reader may do; on loopback only. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";

import { type LiveSetting, livePagePolicy, livePartsOf, renderLivePage } from "../../report/live-page.ts";
import type { LiveState } from "../../report/live-state.ts";
import { reportPath } from "../../report/live-workflow.ts";
import { type Listening, listen } from "../http.ts";
import { type Actions, actOn, isOurs } from "./page-actions.ts";

const FRAME_MS = 300;
const script = fileURLToPath(new URL("../../report/browser/live.js", import.meta.url));

export interface PageServerOptions {
  readonly port: number;
  readonly setting: LiveSetting;
  state(): LiveState;
  /** The page about a run; null if there is none. */
  report(runId: string): string | null;
  /** The demo's clock, for commands that act on the running demo. */
  now(): number;
  /** What a reader may do; null where the demo ends by itself. */
  readonly actions: Actions | null;
}

type Parts = Readonly<Record<string, string>>;

/** Answers GET `/`, `/events`, `/clock` and `/reports/RUN`, and POST of the actions. Without a reader no state is asked for. */
export async function servePage(options: PageServerOptions): Promise<Listening> {
  const source = readFileSync(script, "utf8");
  const token = randomBytes(32).toString("base64url");
  const { state, setting, actions } = options;
  const readers = new Map<ServerResponse, Parts>();
  const gets: Readonly<Record<string, (response: ServerResponse) => void>> = {
    "/"(response) {
      const nonce = randomBytes(16).toString("base64url");
      sendPage(response, nonce, renderLivePage({ nonce, token, script: source, setting, state: state() }));
    },
    "/clock": (response) => sendText(response, 200, String(options.now())),
    "/events": openStream,
  };
  const server = createServer((request, response) => {
    if (!isOurs(request)) return sendText(response, 403, "This page is for this machine only.");
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (request.method === "POST" && actions) return void answerPost(request, response, { path, token, actions });
    if (request.method !== "GET") return sendText(response, 405, "Only GET is answered here.");
    if (path.startsWith(reportPath)) return void sendReport(response, options.report(path.slice(reportPath.length)));
    const get = gets[path] ?? (() => sendText(response, 404, "There is only /, /events, /clock and /reports/RUN."));
    get(response);
  });

  function openStream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write("retry: 1000\n\n");
    readers.set(response, {});
    response.on("close", () => readers.delete(response));
    sendParts(livePartsOf(state(), setting));
  }

  /** To each reader what has changed since it was last sent something. */
  function sendParts(parts: Parts): void {
    for (const [reader, sent] of readers) {
      const changed = Object.entries(parts).filter(([id, markup]) => sent[id] !== markup);
      if (changed.length === 0) continue;
      reader.write(`event: parts\ndata: ${JSON.stringify(Object.fromEntries(changed))}\n\n`);
      readers.set(reader, parts);
    }
  }

  const listening = await listen(server, options.port);
  const frames = setInterval(() => {
    if (readers.size > 0) sendParts(livePartsOf(state(), setting));
  }, FRAME_MS);
  return {
    ...listening,
    async stop() {
      clearInterval(frames);
      for (const reader of readers.keys()) reader.end();
      await listening.stop();
    },
  };
}

interface Post {
  readonly path: string;
  readonly token: string;
  readonly actions: Actions;
}

async function answerPost(request: IncomingMessage, response: ServerResponse, post: Post): Promise<void> {
  const { status, text } = await actOn(request, post);
  sendText(response, status, text);
}

function sendPage(response: ServerResponse, nonce: string, page: string): void {
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": livePagePolicy(nonce),
    ...strict,
  });
  response.end(page);
}

/** The page brings its own policy, which can't say who may frame it. */
function sendReport(response: ServerResponse, page: string | null): void {
  if (page === null) {
    sendText(response, 404, "There is no report of such a run.");
    return;
  }
  const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": "frame-ancestors 'none'" };
  response.writeHead(200, { ...headers, ...strict });
  response.end(page);
}

const strict = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...strict });
  response.end(`${text}\n`);
}
