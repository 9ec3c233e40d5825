/**
 * What a reader of the live page may do. Any web page can send requests to this machine, so each must prove that it is
 * ours: the host it asks for, the origin it comes from, a content type that no form can send, and a token that only our
 * page can read.
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import * as z from "zod";

import { type Mode, modeSchema } from "../../functions/domain/ban.ts";
import { PortcullisError } from "../../functions/domain/errors.ts";
import { readBody } from "../http.ts";

export interface Actions {
  switchMode(mode: Mode): Promise<void>;
  /** Launches an attack. Gives its title. Throws a `PortcullisError` that says why not. */
  launch(id: string): string;
  /** Hears of what went wrong without being the reader's fault. */
  onFault(error: unknown): void;
}

export interface Asked {
  readonly path: string;
  readonly token: string;
  readonly actions: Actions;
}

export interface Outcome {
  readonly status: number;
  /** For the reader. */
  readonly text: string;
}

const LARGEST_BODY = 1024;
export const TOKEN_HEADER = "x-portcullis-token";

/** A name that resolves to loopback is not enough: a web page elsewhere could point its own name here. */
export function isOurs(request: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? "");
}

export async function actOn(request: IncomingMessage, { path, token, actions }: Asked): Promise<Outcome> {
  const why = refusalOf(request, token);
  if (why !== null) {
    request.resume();
    return { status: 403, text: why };
  }
  const action = kinds[path];
  if (!action) return { status: 404, text: "There is only /mode and /attacks." };
  const body = await readBody(request, LARGEST_BODY).then(parseJson, () => undefined);
  try {
    return { status: 200, text: await action(body, actions) };
  } catch (error) {
    if (error instanceof z.ZodError) return { status: 400, text: "That cannot be read." };
    if (error instanceof PortcullisError) return { status: 409, text: error.message };
    actions.onFault(error);
    return { status: 500, text: "That did not work; the terminal says more." };
  }
}

function refusalOf({ headers }: IncomingMessage, token: string): string | null {
  if (headers.origin !== `http://${headers.host}`) return "Only the page itself may do that.";
  if (headers["content-type"] !== "application/json") return "Only JSON is read.";
  const given = headers[TOKEN_HEADER];
  if (typeof given !== "string" || !isSame(given, token)) return "The page is of an earlier demo; load it again.";
  return null;
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const modeBody = z.strictObject({ mode: modeSchema });
const attackBody = z.strictObject({ attack: z.string().max(64) });

const kinds: Readonly<Record<string, (body: unknown, actions: Actions) => Promise<string>>> = {
  async "/mode"(body, actions) {
    const { mode } = modeBody.parse(body);
    await actions.switchMode(mode);
    return `The mode is ${mode}.`;
  },
  async "/attacks"(body, actions) {
    return `Launched: ${actions.launch(attackBody.parse(body).attack)}.`;
  },
};

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
