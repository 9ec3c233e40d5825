/** What commands by which people decide say, and what they tell to do next. */
import { tellStory } from "../../cli/explain/tell.ts";
import { fileProposal } from "../../functions/block/file-proposal.ts";
import { HOUR, toIso } from "../../functions/domain/instant.ts";
import { aBan, aClaim, aFiledBan, aPlan, aRun } from "../block/builders.ts";
import { type CommandAccount, startCommandAccount } from "./command-account.ts";

jest.setTimeout(60_000);

let account: CommandAccount;
beforeAll(async () => {
  account = await startCommandAccount({ now: Date.now, denied: ["203.0.113.128/25"] });
});
afterAll(() => account.stop());

const portcullis = (...args: string[]) => account.portcullis(...args);
const ban = (...args: string[]) => portcullis("bans", "add", ...args, "--reason", "ticket 42");

const hold = (source: string) => {
  const until = toIso(Date.now() + HOUR);
  const claims = { "manual:ann": aClaim({ until, origin: "manual" }) };
  return account.open().bans.putBan(aBan({ source, targets: ["edge"], expiresAt: until, claims }));
};

test("an address whose range is banned is not said to be free, and the range is named", async () => {
  await hold("203.0.113.0/28");
  const released = await portcullis("bans", "release", "203.0.113.5");
  expect([released.code, released.out]).toEqual([1, ""]);
  expect(released.err).toContain("203.0.113.5/32 is not banned by itself");
  expect(released.err).toContain("`portcullis bans release 203.0.113.0/28`");
});

test("who is released and still stands on a deny list that people keep is told where", async () => {
  await hold("203.0.113.200/32");
  const released = await portcullis("bans", "release", "203.0.113.200");
  expect(released).toMatchObject({ code: 0, out: "203.0.113.200/32 is released\n" });
  expect(released.err).toContain("But 203.0.113.128/25 stands on portcullis-deny-v4, a deny list that people keep");
  const again = await portcullis("bans", "release", "203.0.113.200");
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining("is not banned any more: its ban ended at 20") });
});

test("explain tells what keeps a source out that was never banned itself", () => {
  const bans = [{ source: "203.0.113.0/28", expiresAt: "2026-11-22T12:00:00.000Z" }];
  const lists = [{ kind: "allow" as const, set: "portcullis-allow-v4", line: "203.0.113.5/32" }];
  const story = {
    source: "203.0.113.5/32",
    ban: null,
    standing: { bans, lists },
    decisions: [],
    looks: [],
    verdict: null,
  };
  const told = tellStory(story, Date.now());
  expect(told).toMatch(/never banned\nalso +203\.0\.113\.0\/28 is banned until 2026-11-22T12:00:00\.000Z/);
  expect(told).toMatch(/also +203\.0\.113\.5\/32 stands on portcullis-allow-v4, an allow list/);
});

test.each([
  { case: "no reason", args: ["198.51.100.7", "--for", "1h", "--reason", " "], code: 2, says: "Write a few words" },
  {
    case: "a door that is not there",
    args: ["198.51.100.7", "--for", "1h", "--reason", "x", "--target", "pool"],
    code: 1,
    says: "no web ACL at pool",
  },
])("a ban with $case is refused", async ({ args, code, says }) => {
  const end = await portcullis("bans", "add", ...args);
  expect([end.code, end.out]).toEqual([code, ""]);
  expect(end.err).toContain(says);
  expect(await account.open().bans.getBan("198.51.100.7/32")).toBeNull();
});

test("who switches to observe is told of the bans that go on, and that none is made longer", async () => {
  await hold("198.51.100.8/32");
  const { length } = await account.open().bans.activeBans();
  const switched = await portcullis("mode", "observe");
  expect(switched.out).toContain("enforce → observe\n");
  expect(switched.out).toContain(`Bans that keep somebody out: ${length}. They last until they end`);
  const longer = await ban("198.51.100.8", "--for", "9h");
  expect([longer.code, longer.out]).toEqual([1, ""]);
  expect(longer.err).toContain("In mode observe nothing is banned anew");
  expect((await ban("198.51.100.9", "--for", "1h")).out).toContain("would be banned until");
  const json = JSON.parse((await portcullis("mode", "approve", "--json")).out);
  expect(json).toEqual({ mode: "approve", before: "observe", simulated: 1, enforced: 0 });
});

describe("a proposal", () => {
  const file = (category: string, over = {}) => {
    const run = aRun({ category, runId: `run-of-${category}`, startedAt: toIso(Date.now()) });
    const entries = ["192.0.2.1/32", "192.0.2.2/32"].map((source) => aFiledBan({ source, minutes: 240, ...over }));
    const plan = aPlan({ run, apply: [], file: entries, missing: ["a\u001b[2J log is late"] });
    const executions = { start: async () => {} };
    return fileProposal({ ...account.open(), executions }, plan, `0123456789abcdef-${category}`, Date.now());
  };

  test("shows until when it waits, and both ways to decide; after the decision who made it and how to take it back", async () => {
    const filed = await file("UserCreation");
    const id = filed?.id ?? "";
    const shown = (await portcullis("approvals", "show", id)).out;
    expect(shown).toContain("The evidence is not complete:\n  - a\\u001b[2J log is late\n");
    expect(shown).toContain(
      `Decide until ${toIso(Date.parse(filed?.updatedAt ?? "") + HOUR)}. If nobody does, nothing`,
    );
    expect(shown).toContain(`portcullis approvals reject ${id} --of-version 1`);
    const other = await portcullis("approvals", "approve", id, "--of-version", "2");
    expect(other.err).toContain("is of version 1 now; look again");

    const undo = "portcullis bans undo run-of-UserCreation";
    const decided = await portcullis("approvals", "approve", id, "--except", "192.0.2.2", "--comment", "ours");
    expect(decided).toMatchObject({ code: 0, out: expect.stringContaining(`${id}: 1 approved, 1 rejected\n`) });
    expect(decided.out).toContain(undo);
    expect((await portcullis("approvals", "show", id)).out).toContain(undo);
    const late = await portcullis("approvals", "reject", id);
    expect([late.code, late.out]).toEqual([1, ""]);
    expect(late.err).toMatch(/was decided before: approved by cli:\S+ at 20\S+Z\. See `portcullis approvals show/);
  });

  test("that is rejected bans nobody, so there is nothing to take back", async () => {
    const id = (await file("UserAccountRecovery"))?.id ?? "";
    const { out } = await portcullis("approvals", "reject", id);
    expect(out).toBe(`${id}: 0 approved, 2 rejected\n`);
    expect((await portcullis("approvals", "show", id)).out).not.toContain("undo");
  });
});

test("a ban that no IP set can show is in the ledger, and told with the exit code of what is to be mended", async () => {
  await account.stop();
  account = await startCommandAccount({ now: Date.now, hasAutoSets: false });
  const before = process.exitCode;
  const end = await ban("198.51.100.7", "--for", "1h");
  process.exitCode = before;
  expect(end).toMatchObject({ code: 3, out: expect.stringContaining("198.51.100.7/32 is banned until") });
  expect(end.err).toContain("The IP set portcullis-auto-v4-1 is missing: deploy the stacks again");
  expect(await account.open().bans.getBan("198.51.100.7/32")).toMatchObject({ status: "active" });
});
