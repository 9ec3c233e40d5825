/** Web pages in a real browser, of an origin that may call and of others. Skipped, visibly, where no Chromium is installed. */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";

import { writeSnippets } from "../../cli/config-snippets.ts";
import { type Listening, listen } from "../../local/http.ts";
import { CLIENT_ID } from "../edge/builders.ts";
import { ALICE, aPoolWithAlice, blocked, type ProxiedPool } from "./clients/builders.ts";
import { allowAll, POOL_ID } from "./proxied-pool.ts";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
// In CI a missing browser fails these tests instead of skipping them.
const inBrowser = executablePath || process.env["CI"] === "true" ? test : test.skip;

let browser: Browser;
let allowed: Listening;
let foreign: Listening;
let scripts: Readonly<Record<string, string>> = {};
let pool: ProxiedPool;
let isBlocked: boolean;

beforeAll(async () => {
  if (!executablePath && process.env["CI"] !== "true") return;
  const args = ["--no-sandbox", "--disable-background-networking", "--no-first-run"];
  browser = await chromium.launch({ executablePath: executablePath ?? "/usr/bin/chromium", args });
  [allowed, foreign] = await Promise.all([servePages(), servePages()]);
}, 30_000);
afterAll(async () => {
  await Promise.all([browser?.close(), allowed?.stop(), foreign?.stop()]);
});

/** One web origin: an empty page, and the scripts of the apps. */
function servePages(): Promise<Listening> {
  const server = createServer((request, response) => {
    const script = scripts[request.url ?? ""];
    const type = script === undefined ? "text/html" : "text/javascript";
    response.writeHead(200, { "content-type": type }).end(script ?? "<!doctype html><title>app</title>");
  });
  return listen(server, 0);
}

async function start(edge: Readonly<Record<string, string>>) {
  isBlocked = false;
  pool = await aPoolWithAlice({ edge, judge: () => (isBlocked ? blocked : allowAll) });
}
const startGuarded = () => start({ "x-portcullis-origins": allowed.url, "x-portcullis-native-clients": "-" });
afterEach(async () => {
  await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
  await pool?.stop();
});

async function openPage(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

/** What came to the distribution. */
const methods = () =>
  pool.inspected.filter(({ arn }) => arn.includes(":cloudfront:")).map(({ request }) => request.method);
const operations = () => pool.trail.map(({ eventName }) => eventName);

const signIn = {
  operation: "InitiateAuth",
  body: {
    ...{ ClientId: CLIENT_ID, AuthFlow: "USER_PASSWORD_AUTH" },
    AuthParameters: { USERNAME: ALICE.username, PASSWORD: ALICE.password },
  },
};

/** A call as a page makes it that has no SDK; `failed` is all that a page learns of a call that CORS stops. */
function fetchFrom(page: Page, { operation, body }: { operation: string; body: object } = signIn) {
  return page.evaluate(
    async ({ url, target, text }) => {
      const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
      const response = await fetch(url, { method: "POST", headers, body: text }).catch(() => null);
      return response ? { status: response.status, json: await response.json() } : "failed";
    },
    {
      url: pool.viewerUrl,
      target: `AWSCognitoIdentityProviderService.${operation}`,
      text: JSON.stringify(body),
    },
  );
}

/** The snippet that `config snippets` prints, and an app around it, as a bundler makes one script of them. */
async function bundle(kind: string, app: string): Promise<string> {
  const target = { url: pool.viewerUrl.replace(/\/$/, ""), host: null, region: "eu-west-1", userPoolId: POOL_ID };
  const [snippet] = writeSnippets({ ...target, clientId: CLIENT_ID }, [kind]);
  const { outputFiles } = await build({
    stdin: { contents: `${snippet?.text}\n${app}`, resolveDir: join(import.meta.dirname, "../.."), loader: "js" },
    ...{ bundle: true, write: false, format: "iife", platform: "browser", define: { global: "globalThis" } },
  });
  return outputFiles[0]?.text ?? "";
}

const apps = {
  "amplify-js": `import { signIn, fetchAuthSession } from "aws-amplify/auth";
    globalThis.app = async (user) => {
      await signIn(user);
      const before = (await fetchAuthSession()).tokens?.accessToken.toString();
      const after = (await fetchAuthSession({ forceRefresh: true })).tokens?.accessToken.toString();
      return before !== undefined && after !== undefined && before !== after;
    };`,
  "identity-sdk": `import { AuthenticationDetails, CognitoUser } from "amazon-cognito-identity-js";
    globalThis.app = ({ username, password }) => new Promise((resolve, reject) => {
      const user = new CognitoUser({ Username: username, Pool: userPool });
      const details = new AuthenticationDetails({ Username: username, Password: password });
      const refresh = (session) => user.refreshSession(session.getRefreshToken(), (error, next) =>
        error ? reject(error) : resolve(next.getAccessToken().getJwtToken() !== session.getAccessToken().getJwtToken()));
      user.authenticateUser(details, { onSuccess: refresh, onFailure: reject });
    });`,
} as const;

/** Signs in and refreshes with an SDK's app; resolves to what became of it. */
async function runApp(page: Page, kind: keyof typeof apps): Promise<unknown> {
  scripts = { "/app.js": await bundle(kind, apps[kind]) };
  await page.addScriptTag({ url: new URL("/app.js", page.url()).href });
  return page.evaluate(
    (user) => (globalThis as unknown as { app: (user: object) => Promise<unknown> }).app(user).catch(String),
    ALICE,
  );
}

describe("a page of an allowed origin", () => {
  beforeEach(startGuarded);

  inBrowser("signs in with fetch, after a preflight", async () => {
    expect(await fetchFrom(await openPage(allowed.url))).toMatchObject({
      status: 200,
      json: { AuthenticationResult: { TokenType: "Bearer" } },
    });
    expect(methods()).toEqual(["OPTIONS", "POST"]);
  });

  inBrowser.each(["amplify-js", "identity-sdk"] as const)("signs in and refreshes with %s", async (kind) => {
    expect(await runApp(await openPage(allowed.url), kind)).toBe(true);
    expect(operations()).toEqual(["InitiateAuth", "RespondToAuthChallenge", "GetTokensFromRefreshToken"]);
  });

  inBrowser("can read why it was refused: by Cognito, by the edge and by the web ACL", async () => {
    const page = await openPage(allowed.url);
    const wrong = { ...signIn.body, AuthParameters: { ...signIn.body.AuthParameters, PASSWORD: "wrong" } };
    expect(await fetchFrom(page, { ...signIn, body: wrong })).toMatchObject({
      status: 400,
      json: { __type: "NotAuthorizedException" },
    });
    expect(await fetchFrom(page, { operation: "AdminGetUser", body: {} })).toMatchObject({
      status: 403,
      json: { __type: "ForbiddenException" },
    });
    isBlocked = true;
    expect(await fetchFrom(page)).toMatchObject({ status: 403, json: { message: "Request blocked." } });
  });
});

describe("a page of another origin", () => {
  beforeEach(startGuarded);

  /** The same server under another name is another origin, as is another port. */
  const foreignUrls = () => [foreign.url, allowed.url.replace("127.0.0.1", "localhost")];

  inBrowser("is stopped by the preflight: nothing of its calls reaches the function or the pool", async () => {
    for (const url of foreignUrls()) expect(await fetchFrom(await openPage(url))).toBe("failed");
    expect(new Set(methods())).toEqual(new Set(["OPTIONS"]));
    expect(operations()).toEqual([]);
  });

  inBrowser.each(["amplify-js", "identity-sdk"] as const)("gets nowhere with %s", async (kind) => {
    expect(await runApp(await openPage(foreign.url), kind)).toMatch(/network/i);
    expect(new Set(methods())).toEqual(new Set(["OPTIONS"]));
    expect(operations()).toEqual([]);
  });

  // What a page can send without a preflight, in the language of pages.
  const tries = {
    "fetch without CORS": 'return fetch(url, { method: "POST", mode: "no-cors", body: text }).then(() => {});',
    "a beacon of text": "navigator.sendBeacon(url, text);",
    "a beacon of Cognito's content type":
      'navigator.sendBeacon(url, new Blob([text], { type: "application/x-amz-json-1.1" }));',
    "a form": `
      const form = document.createElement("form");
      Object.assign(form, { method: "POST", action: url, enctype: "text/plain", target: "frame" });
      form.append(Object.assign(document.createElement("input"), { name: text.slice(0, -1), value: "}" }));
      const frame = Object.assign(document.createElement("iframe"), { name: "frame" });
      document.body.append(frame, form);
      form.submit();`,
    "a sandboxed frame, whose origin is null": `
      const script = "fetch(" + JSON.stringify(url) + ", { method: 'POST', mode: 'no-cors', body: " + JSON.stringify(text) + " })";
      const frame = Object.assign(document.createElement("iframe"), { srcdoc: "<script>" + script + "</script>" });
      frame.setAttribute("sandbox", "allow-scripts");
      document.body.append(frame);`,
  };

  inBrowser.each(Object.keys(tries) as (keyof typeof tries)[])("%s ends in nothing at the pool", async (name) => {
    const page = await openPage(foreign.url);
    const given = [pool.viewerUrl, JSON.stringify(signIn.body)].map((text) => JSON.stringify(text));
    await page.evaluate(`((url, text) => { ${tries[name]} })(${given.join()})`);
    // Nobody tells a page when its beacon has arrived.
    while (pool.edgeLog.length === 0) await page.waitForTimeout(10);
    expect(pool.edgeLog.map((record) => record["sc_status"])).toEqual(["403"]);
    expect(operations()).toEqual([]);
  });
});

describe("without allowedOrigins", () => {
  beforeEach(() => start({}));

  inBrowser("a page of any origin signs in", async () => {
    for (const { url } of [allowed, foreign])
      expect(await fetchFrom(await openPage(url))).toMatchObject({ status: 200 });
  });
});
