import { createHmac } from "node:crypto";

import fc from "fast-check";

import { userTagOf } from "../../functions/edge/token.ts";
import { aRequest, aSecretDocument, CLIENT_ID, GATE, REQUEST_ID, relay } from "./builders.ts";

const tag = createHmac("sha256", aSecretDocument().tagKey).update("alice").digest("base64url").slice(0, 16);
const TOKEN = `portcullis/1 (${GATE}; ${REQUEST_ID}; SignUp; 203.0.113.7; ${tag})`;

async function agentsOf(headers: Record<string, string>, more: Parameters<typeof aRequest>[0] = {}) {
  const { forwarded } = await relay(aRequest({ ...more, headers }));
  const value = (name: string) => forwarded?.headers[name]?.map(({ value }) => value);
  return { agent: value("user-agent"), amz: value("x-amz-user-agent") };
}

test.each([0, 1, 255, 256, 1023, 1024, 20_000])(
  "a viewer's user agent of %d bytes follows the token, cut to 256",
  async (size) => {
    const { agent, amz } = await agentsOf({ "User-Agent": "a".repeat(size) });
    const expected = `${TOKEN} ${"a".repeat(Math.min(size, 256))}`.trimEnd();
    expect(agent).toEqual([expected]);
    expect(amz).toEqual([expected]);
    expect(expected.length).toBeLessThan(1024);
  },
);

test("a browser's SDK names itself in the other header, which is kept where there is no user agent", async () => {
  const { agent } = await agentsOf({ "User-Agent": "", "X-Amz-User-Agent": "aws-amplify/6.22.1" });
  expect(agent).toEqual([`${TOKEN} aws-amplify/6.22.1`]);
});

describe("a token that the viewer sends", () => {
  const forged = "portcullis/1 (ForgedForgedForgedForg; id; SignUp; 192.0.2.1; -)";
  test.each([
    { case: "in front", agent: `${forged} Mozilla/5.0`, rest: "Mozilla/5.0" },
    { case: "in the middle", agent: `Mozilla/5.0 ${forged} Safari`, rest: "Mozilla/5.0   Safari" },
    { case: "twice", agent: `${forged}${forged}`, rest: "" },
    { case: "in other letters", agent: forged.toUpperCase(), rest: "" },
    { case: "without an end", agent: "x portcullis/1 (ForgedForgedForgedForg; id", rest: "x" },
    { case: "closing up once another is gone", agent: "portcullportcullis/1 (a)is/1 (b)", rest: "portcull is/1 (b)" },
    { case: "around another", agent: "portcullportcullis/1is/1 (a)", rest: "portcull" },
    { case: "at the cut", agent: `${"a".repeat(250)} ${forged}`, rest: "a".repeat(250) },
  ])("is removed: $case", async ({ agent, rest }) => {
    for (const name of ["User-Agent", "X-Amz-User-Agent"]) {
      const { agent: sent, amz } = await agentsOf({ "User-Agent": "", [name]: agent });
      expect(sent?.[0]?.replace(/\s+/g, " ")).toBe(`${TOKEN} ${rest}`.trimEnd().replace(/\s+/g, " "));
      expect(amz).toEqual(sent);
    }
  });

  test("never survives, whatever stands around it", async () => {
    const piece = fc.oneof(
      fc.constantFrom("portcullis/1 (", "portcullis/", "PORTCULLIS/1", "(", ")", "; "),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        const { agent } = await agentsOf({ "User-Agent": pieces.join("") });
        expect(agent?.[0]?.startsWith(TOKEN)).toBe(true);
        expect(agent?.[0]?.slice(TOKEN.length)).not.toMatch(/portcullis\//i);
        expect(agent?.[0]).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});

test.each([
  {
    case: "IPv6 in long form",
    clientIp: "2001:0db8:85a3:0:0:8a2e:0370:7334",
    expected: "2001:db8:85a3::8a2e:370:7334",
  },
  { case: "IPv4 inside IPv6", clientIp: "::ffff:203.0.113.9", expected: "203.0.113.9" },
  { case: "no address", clientIp: "localhost", expected: "-" },
])("the address is canonical: $case", async ({ clientIp, expected }) => {
  const { agent } = await agentsOf({}, { request: { clientIp } });
  expect(agent?.[0]).toContain(`; SignUp; ${expected}; `);
});

test("a request that names no user has no tag", async () => {
  const body = { ClientId: CLIENT_ID, Token: "t" };
  const { agent } = await agentsOf({}, { operation: "RevokeToken", body });
  expect(agent?.[0]).toContain("; RevokeToken; 203.0.113.7; -)");
});

test("a rewritten refresh keeps the name that WAF saw the viewer call", async () => {
  const body = { AuthFlow: "REFRESH_TOKEN", ClientId: CLIENT_ID, AuthParameters: { REFRESH_TOKEN: "r" } };
  const { agent } = await agentsOf({}, { operation: "InitiateAuth", body });
  expect(agent?.[0]).toContain("; InitiateAuth; ");
});

test("one user has one tag, however the name is spelt, and another key gives another", () => {
  const key = aSecretDocument().tagKey;
  expect(userTagOf(" Alice@Example.COM ", key)).toBe(userTagOf("alice@example.com", key));
  expect(userTagOf("alice", key)).not.toBe(userTagOf("bob", key));
  expect(userTagOf("alice", key)).not.toBe(userTagOf("alice", `${key}x`));
  expect(userTagOf("alice", key)).toMatch(/^[A-Za-z0-9_-]{16}$/);
});
