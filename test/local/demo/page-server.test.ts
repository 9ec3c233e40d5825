import { request } from "node:http";

import { type PageServerOptions, servePage } from "../../../local/demo/page-server.ts";
import type { LiveState } from "../../../report/live-page.ts";

const state: LiveState = {
  ...{ now: "2026-03-03T10:00:00.000Z", speed: 1, mode: "enforce", tone: "calm", headline: "<b>quiet</b>" },
  ...{ gauges: [], traffic: [], marks: [], run: null, offenders: [], denyList: [], steps: [], approval: null },
  totals: { benignCalls: 0, benignBlocked: 0, attackCalls: 0, attackRefused: 0 },
};
const options: PageServerOptions = {
  port: 0,
  page: { machine: [], thresholds: [50, 70, 90], seed: 1 },
  state: () => state,
  now: () => 1_772_532_000_000,
};

let server: Awaited<ReturnType<typeof servePage>>;
beforeAll(async () => {
  server = await servePage(options);
});
afterAll(() => server.stop());

test("the page comes with a policy that names the nonce of this very answer", async () => {
  const answers = [await fetch(server.url), await fetch(server.url)];
  const [first, second] = answers.map((answer) => answer.headers.get("content-security-policy") ?? "");
  expect(first).not.toBe(second);
  const nonce = /script-src 'nonce-([\w-]+)'/.exec(first ?? "")?.[1];
  expect(await answers[0]?.text()).toContain(`<script nonce="${nonce}">`);
});

test("the stream begins with the state of now, as JSON", async () => {
  const answer = await fetch(`${server.url}/events`);
  const reader = answer.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  const [, data = "null"] = /^data: (.*)$/m.exec(new TextDecoder().decode(value)) ?? [];
  expect(JSON.parse(data)).toEqual(state);
});

test("commands read the demo's clock", async () => {
  expect(Number(await (await fetch(`${server.url}/clock`)).text())).toBe(1_772_532_000_000);
});

test.each([
  { case: "another path", path: "/secrets", init: {}, status: 404 },
  { case: "a write", path: "/", init: { method: "POST" }, status: 405 },
])("$case is refused", async ({ path, init, status }) => {
  expect((await fetch(`${server.url}${path}`, init)).status).toBe(status);
});

test("a name that only resolves to this machine is refused", async () => {
  const status = await new Promise((resolve) => {
    request({ port: server.port, host: "127.0.0.1", headers: { host: "rebind.example" } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).end();
  });
  expect(status).toBe(403);
});

test("a port that is taken is an error with its code", async () => {
  await expect(servePage({ ...options, port: server.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
