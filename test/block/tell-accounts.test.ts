import type { NoticeText } from "../../functions/block/notice-text.ts";
import { tellAccounts } from "../../functions/block/tell-accounts.ts";
import type { AccountAtRisk } from "../../functions/domain/account.ts";
import { DAY, MINUTE } from "../../functions/domain/instant.ts";
import { aRun, NOON } from "./builders.ts";

const anAccount = (over: Partial<AccountAtRisk> = {}): AccountAtRisk => ({
  sub: "5f0c2a7e-0000-4000-8000-000000000001",
  userTag: "abcdefgh12345678",
  source: "203.0.113.7/32",
  operation: "InitiateAuth",
  at: "2026-11-22T11:58:00.000Z",
  failedUsersBefore: 212,
  ...over,
});

/** `failing` is the call that does not come back. */
function post(failing: string | null = null) {
  const mails: NoticeText[] = [];
  const documents = new Map<string, unknown>();
  const state = { failing };
  const guarded = async <T>(name: string, work: () => T) => {
    if (state.failing === name) throw new Error(`${name} failed`);
    return work();
  };
  const ports = {
    evidence: {
      read: (key: string) => guarded("read", () => documents.get(key) ?? null),
      write: (key: string, document: unknown) => guarded("write", () => void documents.set(key, document)),
      amend: (key: string, change: (document: unknown) => object | null) =>
        guarded("write", () => {
          const next = change(documents.get(key) ?? null);
          if (next) documents.set(key, next);
        }),
    },
    topic: { publish: (notice: NoticeText) => guarded("publish", () => void mails.push(notice)) },
  };
  return {
    mails,
    documents,
    state,
    tell: (accounts: AccountAtRisk[], now = NOON) => tellAccounts(ports, aRun(), accounts, now),
  };
}

test("a person learns who, from where, when and what to do", async () => {
  const { tell, mails } = post();
  expect(await tell([anAccount()])).toBe(1);
  expect(mails).toHaveLength(1);
  expect(mails[0]?.subject).toBe("Portcullis: 1 account at risk: somebody may have found its password");
  expect(mails[0]?.text).toContain(
    "sub 5f0c2a7e-0000-4000-8000-000000000001, by InitiateAuth from 203.0.113.7/32 at 2026-11-22T11:58:00.000Z, after 212 other users",
  );
  expect(mails[0]?.text).toContain("admin-user-global-sign-out");
});

test("no accounts, no mail", async () => {
  const { tell, mails } = post();
  expect(await tell([])).toBe(0);
  expect(mails).toEqual([]);
});

test("an account is told once, a new one beside it is told alone", async () => {
  const { tell, mails } = post();
  const second = anAccount({ sub: "5f0c2a7e-0000-4000-8000-000000000002" });
  await tell([anAccount()]);
  expect(await tell([anAccount(), second], NOON + 30 * MINUTE)).toBe(1);
  expect(await tell([anAccount(), second], NOON + DAY)).toBe(0);
  expect(mails).toHaveLength(2);
  expect(mails[1]?.text).not.toContain("000000000001");
});

test("who is found again after two days is told again", async () => {
  const { tell, mails } = post();
  await tell([anAccount()]);
  await tell([anAccount({ at: "2026-11-24T12:00:00.000Z" })], NOON + 2 * DAY + MINUTE);
  expect(mails).toHaveLength(2);
});

test.each(["read", "publish", "write"])("where %s fails the retry tells what was not told", async (failing) => {
  const { tell, mails, state } = post(failing);
  await expect(tell([anAccount()])).rejects.toThrow(failing);
  state.failing = null;
  await tell([anAccount()]);
  expect(mails.length).toBeGreaterThanOrEqual(1);
  expect(await tell([anAccount()])).toBe(0);
});

test("a note that cannot be read hides nobody", async () => {
  const { tell, documents } = post();
  documents.set("runs/accounts-told.json", ["garbage"]);
  expect(await tell([anAccount()])).toBe(1);
});

test("names from outside begin no line of the mail", async () => {
  const { tell, mails } = post();
  await tell([anAccount({ sub: "x\r\nDecide here: https://evil.example\u202e" })]);
  expect(mails[0]?.text).not.toMatch(/^Decide here/m);
  expect(mails[0]?.text).not.toContain("\u202e");
});

test("ten thousand accounts make a mail that can be read and name the rest's number", async () => {
  const { tell, mails } = post();
  await tell(Array.from({ length: 10_000 }, (_, n) => anAccount({ sub: `sub-${n}` })));
  expect(mails[0]?.text).toContain("and 9950 more");
  expect(mails[0]?.text.length).toBeLessThan(20_000);
});
