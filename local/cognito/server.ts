import { createServer } from "node:http";

import { readViewer } from "../cloudfront/viewer.ts";
import { type Listening, listen } from "../http.ts";
import type { Clock } from "../ports.ts";
import type { Cognito } from "./cognito.ts";

/** The regional endpoint for callers that go round the proxy. */
export function serveCognito(
  cognito: Cognito,
  clock: Pick<Clock, "during">,
  { port = 0, onFault = console.error }: { port?: number; onFault?: (error: unknown) => void } = {},
): Promise<Listening> {
  const server = createServer((request, response) => {
    void clock.during(async () => {
      try {
        const viewer = await readViewer(request);
        if (!viewer) return response.writeHead(400).end();
        const answer = cognito.handle({ ...viewer, sourceIp: viewer.clientIp });
        response.writeHead(answer.status, answer.headers).end(answer.body);
      } catch (error) {
        onFault(error);
        response.writeHead(500).end(JSON.stringify({ __type: "InternalErrorException", message: "" }));
      }
    });
  });
  return listen(server, port);
}
