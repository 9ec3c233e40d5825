import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Ends open connections too, so that the process can exit by itself. */
  stop(): Promise<void>;
}

/** Listens on loopback only; port 0 takes any free one. */
export async function listen(server: Server, port: number): Promise<Listening> {
  // Else a server that a busy machine kept waiting closes a connection in the moment in which it is used again.
  server.keepAliveTimeout = 0;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const bound = addressOf(server).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen on a port");
  return address;
}

/** The whole body of a request; a longer one than `limit` bytes ends the connection. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw new Error(`The request's body has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
