/** Accounts at risk, as the rows of their query tell them; the query itself is tested on logs in accounts-at-risk. */
import { findAccounts, joinAccounts, readAccounts } from "../../functions/detect/accounts.ts";
import { readToken, withoutToken } from "../../functions/detect/token.ts";
import type { AccountAtRisk } from "../../functions/domain/account.ts";

const row = {
  source_ip: "203.0.113.7",
  sub: "sub-1",
  operation: "InitiateAuth",
  first_success: "1795342200000",
  failed_users_before: "12",
};

test("a row of Athena's is an account, its source in our spelling; one without an address is none", () => {
  expect(readAccounts([row, { ...row, source_ip: "-" }])).toEqual([
    {
      ...{ sub: "sub-1", userTag: null, source: "203.0.113.7/32", operation: "InitiateAuth" },
      ...{ at: new Date(1_795_342_200_000).toISOString(), failedUsersBefore: 12 },
    },
  ]);
});

test("a row of another query is an error that names nothing of it", () => {
  expect(() => readAccounts([{ source_ip: "203.0.113.7" }])).toThrow(
    /accounts at risk cannot be read[\s\S]*another shape/,
  );
});

describe("what is not known is said", () => {
  const found = (rows: readonly unknown[] | null, part?: "whole" | "half") =>
    findAccounts([{ window: "short", rows, error: "QueryFailed", ...(part && { part }) }]);

  test("a query that failed", () => {
    expect(found(null)).toEqual({
      accounts: [],
      gaps: ["Accounts at risk of the short window are not known: their query failed with QueryFailed."],
    });
  });
  test("a window of which a part was read", () => {
    expect(found([row], "half").gaps).toEqual([
      "Accounts at risk of the short window were looked for in its newest part only, for it is too large.",
    ]);
    expect(found([row], "whole")).toMatchObject({ accounts: [{ sub: "sub-1" }], gaps: [] });
  });
  test("a result as long as the query's limit", () => {
    expect(found(Array(999).fill(row)).gaps).toEqual([]);
    expect(found(Array(1_000).fill(row)).gaps).toEqual([
      "The short window holds more than 1000 accounts at risk; those were kept that most others failed before.",
    ]);
  });
});

describe("of several windows", () => {
  const account = (over: Partial<AccountAtRisk>): AccountAtRisk => ({
    ...{ sub: "sub-1", userTag: null, source: "203.0.113.7/32", operation: "InitiateAuth" },
    ...{ at: "2026-11-22T10:00:00.000Z", failedUsersBefore: 3, ...over },
  });
  const join = (...found: AccountAtRisk[]) => joinAccounts(found, (source) => source !== "192.0.2.50/32");

  test("an account is told once, with its first success and the most failures", () => {
    const later = account({
      at: "2026-11-22T10:05:00.000Z",
      operation: "RespondToAuthChallenge",
      failedUsersBefore: 9,
    });
    const told = [account({ failedUsersBefore: 9 })];
    expect(join(account({}), later)).toEqual(told);
    expect(join(later, account({}))).toEqual(told);
  });
  test("the most tried source comes first, and of equals an order that does not change", () => {
    const few = account({ sub: "sub-2", failedUsersBefore: 1 });
    const [b, c] = [account({ sub: "sub-b" }), account({ sub: "sub-c" })];
    expect(join(few, c, b).map(({ sub }) => sub)).toEqual(["sub-b", "sub-c", "sub-2"]);
    expect(join(b, c, few).map(({ sub }) => sub)).toEqual(["sub-b", "sub-c", "sub-2"]);
  });
  test("a source that does not stand out is an office where people mistype", () => {
    expect(join(account({ source: "192.0.2.50/32" }))).toEqual([]);
  });
});

describe("the token in a user agent", () => {
  const token = "portcullis/1 (AbC_-1; req_=-1; InitiateAuth; 203.0.113.7; tag-1)";

  test("is read, with the address in our spelling", () => {
    expect(readToken(`${token} Mozilla/5.0`)).toEqual({
      ...{ gate: "AbC_-1", requestId: "req_=-1", operation: "InitiateAuth", address: "203.0.113.7" },
    });
    expect(readToken(token.replace("203.0.113.7", "2001:DB8::0:1"))?.address).toBe("2001:db8::1");
  });
  test.each([
    { case: "not at the beginning", text: ` ${token}` },
    { case: "cut off", text: token.slice(0, -1) },
    { case: "of another version", text: token.replace("/1", "/2") },
    { case: "with an address that is none", text: token.replace("203.0.113.7", "203.0.113.700") },
    { case: "with a name too long", text: token.replace("InitiateAuth", "a".repeat(65)) },
    { case: "with a gate too long", text: token.replace("AbC_-1", "a".repeat(65)) },
  ])("$case is none", ({ text }) => {
    expect(readToken(text)).toBeNull();
  });
  test("is taken away, whole or only begun, and nothing else", () => {
    expect(withoutToken(`${token} Mozilla/5.0`)).toBe("Mozilla/5.0");
    expect(withoutToken("portcullis/1 (half of a")).toBe("");
    expect(withoutToken("Portcullis/9 Mozilla/5.0")).toBe("Mozilla/5.0");
    expect(withoutToken("Mozilla/5.0 portcullis/1 (x)")).toBe("Mozilla/5.0 portcullis/1 (x)");
  });
});
