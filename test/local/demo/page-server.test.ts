import { request } from "node:http";

import { ConflictError } from "../../../functions/domain/errors.ts";
import { type PageServerOptions, servePage } from "../../../local/demo/page-server.ts";
import { livePartsOf } from "../../../report/live-page.ts";
import { aLiveSetting, aLiveState } from "../../report/live-builders.ts";

const state = aLiveState({ headline: "<b>quiet</b>" });
const done: string[] = [];
const options: PageServerOptions = {
  port: 0,
  setting: aLiveSetting(),
  state: () => state,
  report: (runId) => (runId === "run-1" ? "<!doctype html><p>of run-1</p>" : null),
  now: () => 1_772_532_000_000,
  actions: {
    async switchMode(mode) {
      done.push(mode);
    },
    launch(id) {
      if (id === "spray") throw new ConflictError("Password spray is still under way");
      done.push(id);
      return id;
    },
    onFault: (error) => void done.push(String(error)),
  },
};

let server: Awaited<ReturnType<typeof servePage>>;
beforeAll(async () => {
  server = await servePage(options);
});
beforeEach(() => void done.splice(0));
afterAll(() => server.stop());

test("the page comes with a policy that names the nonce of this very answer", async () => {
  const answers = [await fetch(server.url), await fetch(server.url)];
  const [first, second] = answers.map((answer) => answer.headers.get("content-security-policy") ?? "");
  expect(first).not.toBe(second);
  const nonce = /script-src 'nonce-([\w-]+)'/.exec(first ?? "")?.[1];
  expect(await answers[0]?.text()).toContain(`<script nonce="${nonce}">`);
});

test("the stream begins with every part of the page as it is now", async () => {
  const answer = await fetch(`${server.url}/events`);
  const reader = answer.body?.getReader();
  let text = "";
  while (!text.includes("data: ")) text += new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  const [, data = "null"] = /^data: (.*)$/m.exec(text) ?? [];
  expect(JSON.parse(data)).toEqual(livePartsOf(state, options.setting));
});

test("commands read the demo's clock", async () => {
  expect(Number(await (await fetch(`${server.url}/clock`)).text())).toBe(1_772_532_000_000);
});

test("a run's report is a page of its own that nobody may frame", async () => {
  const answer = await fetch(`${server.url}/reports/run-1`);
  expect(await answer.text()).toBe("<!doctype html><p>of run-1</p>");
  expect(answer.headers.get("content-security-policy")).toBe("frame-ancestors 'none'");
  expect((await fetch(`${server.url}/reports/run-2`)).status).toBe(404);
});

test("another path is refused", async () => {
  expect((await fetch(`${server.url}/secrets`)).status).toBe(404);
});

interface Ask {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Beneath `fetch`, which would mind the headers that a foreign page can't set either. */
function ask({ path, headers, body }: Ask, method = "POST"): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: server.port, host: "127.0.0.1", path, method, headers }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

test("a name that only resolves to this machine is refused", async () => {
  expect((await ask({ path: "/", headers: { host: "rebind.example" }, body: "" }, "GET")).status).toBe(403);
});

async function ours(over: Partial<Ask> = {}): Promise<Ask> {
  const [, token = ""] = /"token":"([\w-]+)"/.exec(await (await fetch(server.url)).text()) ?? [];
  const headers = {
    ...{ host: `127.0.0.1:${server.port}`, origin: server.url, "content-type": "application/json" },
    "x-portcullis-token": token,
  };
  return { path: "/mode", headers, body: '{"mode":"approve"}', ...over };
}

test("the page itself switches the mode and launches attacks", async () => {
  expect((await ask(await ours())).status).toBe(200);
  expect((await ask(await ours({ path: "/attacks", body: '{"attack":"flood"}' }))).status).toBe(200);
  expect(done).toEqual(["approve", "flood"]);
});

test.each([
  { case: "from another origin", headers: { origin: "https://evil.example" } },
  { case: "from a sandboxed frame", headers: { origin: "null" } },
  { case: "from another server of this machine", headers: { origin: "http://127.0.0.1:1" } },
  { case: "without an origin", headers: { origin: "" } },
  {
    case: "by a name that only resolves to this machine",
    headers: { host: "rebind.example", origin: "http://rebind.example" },
  },
  { case: "as a form could send it", headers: { "content-type": "text/plain" } },
  { case: "without the token", headers: { "x-portcullis-token": "" } },
  { case: "with a wrong token", headers: { "x-portcullis-token": "A".repeat(43) } },
])("a request $case changes nothing", async ({ headers }) => {
  const { headers: own, ...rest } = await ours();
  expect((await ask({ ...rest, headers: { ...own, ...headers } })).status).toBe(403);
  expect(done).toEqual([]);
});

test("a preflight is not answered with leave to go on", async () => {
  const answer = await fetch(`${server.url}/mode`, { method: "OPTIONS", headers: { origin: "https://evil.example" } });
  expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([405, null]);
});

test.each([
  { case: "an unknown mode", path: "/mode", body: '{"mode":"off"}', status: 400 },
  { case: "no JSON", path: "/mode", body: "mode", status: 400 },
  { case: "more than was asked for", path: "/mode", body: '{"mode":"paused","force":true}', status: 400 },
  { case: "a long body", path: "/mode", body: `{"mode":"${"x".repeat(2000)}"}`, status: 400 },
  { case: "an attack that is under way", path: "/attacks", body: '{"attack":"spray"}', status: 409 },
  { case: "another path", path: "/constructor", body: "{}", status: 404 },
])("$case is refused", async ({ path, body, status }) => {
  expect((await ask(await ours({ path, body }))).status).toBe(status);
  expect(done).toEqual([]);
});

test("in a demo that ends by itself nothing can be done", async () => {
  const watched = await servePage({ ...options, actions: null });
  try {
    expect((await fetch(`${watched.url}/mode`, { method: "POST" })).status).toBe(405);
  } finally {
    await watched.stop();
  }
});
