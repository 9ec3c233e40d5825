import { aProxy, aRequest, CLIENT_ID, relay } from "./builders.ts";

const NATIVE = "2example23456789abcdefgh";
const config = {
  "X-Portcullis-Origins": "https://app.example,http://localhost:3000,capacitor://localhost",
  "X-Portcullis-Native-Clients": NATIVE,
};
const acaoOf = (result: object) =>
  "headers" in result
    ? (result.headers as Record<string, { value: string }[]>)["access-control-allow-origin"]
    : undefined;

const preflight = (Origin: string | undefined, over: Record<string, string> = config) =>
  relay(
    aRequest({ headers: { ...(Origin !== undefined && { Origin }) }, config: over, request: { method: "OPTIONS" } }),
  );

test.each(["https://app.example", "http://localhost:3000", "capacitor://localhost"])(
  "a page of %s may ask and call",
  async (Origin) => {
    const { result } = await preflight(Origin);
    expect(result).toMatchObject({
      status: "200",
      headers: { "access-control-allow-origin": [{ value: Origin }], vary: [{ value: "Origin" }] },
    });
    expect((await relay(aRequest({ config, headers: { Origin } }))).forwarded).not.toBeNull();
  },
);

test.each([
  "https://evil.example",
  "http://app.example",
  "https://app.example:8443",
  "https://app.example.evil.example",
  "https://xapp.example",
  "https://APP.example",
  "https://app.example/",
  "null",
  "",
])("a page of %j is refused, its preflight too, and may not read why", async (Origin) => {
  for (const { result, decision } of [
    await preflight(Origin),
    await relay(aRequest({ config, headers: { Origin } })),
  ]) {
    expect(result).toMatchObject({ status: "403", body: expect.stringContaining("ForbiddenException") });
    expect(acaoOf(result)).toBeUndefined();
    expect(decision).toMatchObject({ event: "edge.refused", reason: "origin" });
  }
});

test("an allowed origin and a foreign one in two headers are refused", async () => {
  const headers = { Origin: ["https://app.example", "https://evil.example"] };
  expect((await relay(aRequest({ config, headers }))).decision).toMatchObject({ reason: "origin" });
});

test("an allowed page can read why another refusal was made", async () => {
  const { result } = await relay(
    aRequest({ config, operation: "ListUsers", headers: { Origin: "https://app.example" } }),
  );
  expect(acaoOf(result)).toEqual([{ key: "Access-Control-Allow-Origin", value: "https://app.example" }]);
});

test("an app client of the list of native clients may call without an origin, another may not", async () => {
  const call = (ClientId: string) => relay(aRequest({ config, body: { ClientId, Username: "alice" } }));
  expect((await call(CLIENT_ID)).decision).toMatchObject({ reason: "origin", operation: "SignUp" });
  // Refused for want of a secret, which is asked for after its origin was found good.
  expect((await call(NATIVE)).decision).toMatchObject({ reason: "client-secret" });
});

test.each([
  { case: "no list of native clients", over: { "X-Portcullis-Origins": "https://app.example" }, passes: true },
  {
    case: "an empty list",
    over: { "X-Portcullis-Origins": "https://app.example", "X-Portcullis-Native-Clients": "-" },
    passes: false,
  },
])("without an origin, with $case", async ({ over, passes }) => {
  expect((await relay(aRequest({ config: over }))).forwarded !== null).toBe(passes);
});

test("a call with a token names no app client and needs no origin", async () => {
  const { forwarded } = await aProxy()(aRequest({ config, operation: "GetUser", body: { AccessToken: "a" } }));
  expect(forwarded).not.toBeNull();
});

test("without a list every page may call and read", async () => {
  const { result } = await preflight("https://anywhere.example", {});
  expect(result).toMatchObject({ status: "200", headers: { "access-control-allow-origin": [{ value: "*" }] } });
  expect(result).not.toHaveProperty("headers.vary");
});

test("a list that cannot be read stops the proxy instead of opening it", async () => {
  const broken = { "X-Portcullis-Origins": "https://app.example/login" };
  expect((await relay(aRequest({ config: broken }))).decision).toMatchObject({ reason: "configuration", status: 503 });
});
