/**
 * What the ledger's adapters promise, on whatever speaks DynamoDB's protocol. `stores` is called once for each test
 * and gives adapters on a fresh table.
 */

import { countLockouts, usersInHour } from "../../functions/block/lockout-count.ts";
import { noticeOf } from "../../functions/block/notice-text.ts";
import type {
  BanStore,
  ControlStore,
  Outbox,
  PolicyStore,
  ProposalStore,
  SetStateStore,
} from "../../functions/block/ports.ts";
import { beginWrite, type Listing, type SetState } from "../../functions/block/set-state.ts";
import { DAY, HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import { aBan, aClaim, aReason, aRun, loneSource, NOON } from "../block/builders.ts";

export interface LedgerStores {
  readonly bans: BanStore;
  readonly control: ControlStore;
  readonly policies: PolicyStore;
  readonly proposals: ProposalStore;
  readonly setStates: SetStateStore;
  readonly outbox: Outbox;
}

export function defineLedgerContract(name: string, stores: () => Promise<LedgerStores>): void {
  describe(name, () => {
    let ledger: LedgerStores;
    beforeEach(async () => {
      ledger = await stores();
    });

    test("a ban comes back as it was written", async () => {
      const ban = aBan({
        claims: { "run-1": aClaim({ reasons: [aReason({ text: "Größe → 💥" })], paths: ["direct"] }) },
      });
      expect(await ledger.bans.putBan(ban)).toBe(true);
      expect(await ledger.bans.getBan(ban.source)).toEqual(ban);
      expect(await ledger.bans.getBan("192.0.2.1/32")).toBeNull();
    });

    test("a write onto another version than the one that was read is refused", async () => {
      await ledger.bans.putBan(aBan({ version: 1 }));
      expect(await ledger.bans.putBan(aBan({ version: 1, strikes: 9 }))).toBe(false);
      expect(await ledger.bans.putBan(aBan({ version: 3, strikes: 9 }))).toBe(false);
      expect(await ledger.bans.putBan(aBan({ version: 2, strikes: 2 }))).toBe(true);
      expect(await ledger.bans.getBan(aBan().source)).toMatchObject({ strikes: 2, version: 2 });
    });

    test("of many writers of one version exactly one gets through", async () => {
      await ledger.bans.putBan(aBan({ version: 1 }));
      const writers = Array.from({ length: 20 }, (_, strikes) => ledger.bans.putBan(aBan({ version: 2, strikes })));
      expect((await Promise.all(writers)).filter(Boolean)).toHaveLength(1);
    });

    test("of many who set a policy onto one version exactly one gets through, and its text stays", async () => {
      expect(await ledger.policies.getPolicy()).toEqual({ version: 0, text: null });
      const first = Array.from({ length: 12 }, (_, n) => ledger.policies.putPolicy({ version: 1, text: `first ${n}` }));
      const winners = await Promise.all(first);
      expect(winners.filter(Boolean)).toHaveLength(1);
      expect(await ledger.policies.getPolicy()).toEqual({ version: 1, text: `first ${winners.indexOf(true)}` });
      expect(await ledger.policies.putPolicy({ version: 3, text: "too new" })).toBe(false);
      expect(await ledger.policies.putPolicy({ version: 2, text: "second" })).toBe(true);
      expect(await ledger.policies.putPolicy({ version: 2, text: "late" })).toBe(false);
      expect(await ledger.policies.getPolicy()).toEqual({ version: 2, text: "second" });
    });

    test("the index holds the active bans and those only, by expiry, over all pages", async () => {
      const reasons = Array.from({ length: 40 }, () => aReason({ text: "x".repeat(400) }));
      const claims = { "run-1": aClaim({ reasons }) };
      // About 1.5 MB: more than a page of DynamoDB holds.
      const bans = Array.from({ length: 70 }, (_, n) =>
        aBan({ source: loneSource(n), expiresAt: toIso(NOON + n * MINUTE), claims }),
      );
      await Promise.all(bans.map((ban) => ledger.bans.putBan(ban)));
      expect((await ledger.bans.activeBans()).map(({ source }) => source)).toEqual(bans.map(({ source }) => source));
      expect(await ledger.bans.bansDue(NOON + 10 * MINUTE)).toHaveLength(11);
      await ledger.bans.putBan(aBan({ ...bans[3], status: "released", version: 2 }));
      expect(await ledger.bans.bansDue(NOON + 10 * MINUTE)).toHaveLength(10);
    });

    test("many bans are read at once, absent ones are absent", async () => {
      await Promise.all(Array.from({ length: 130 }, (_, n) => ledger.bans.putBan(aBan({ source: loneSource(n) }))));
      const found = await ledger.bans.getBans(Array.from({ length: 260 }, (_, n) => loneSource(n)));
      expect(found.size).toBe(130);
      expect(found.get(loneSource(129))).toEqual(aBan({ source: loneSource(129) }));
      expect((await ledger.bans.getBans([])).size).toBe(0);
      expect((await ledger.bans.getBans([loneSource(1), loneSource(1)])).size).toBe(1);
    });

    test("a run remembers its sources, and that it was undone", async () => {
      await ledger.bans.indexRun("run-1", "198.51.100.7/32");
      await ledger.bans.indexRun("run-1", "198.51.100.7/32");
      await ledger.bans.indexRun("run-1", "2001:db8::/64");
      await ledger.bans.indexRun("run-10", "203.0.113.1/32");
      expect(await ledger.bans.undoneAt("run-1")).toBeNull();
      await ledger.bans.markUndone("run-1", "ada", NOON);
      expect(await ledger.bans.undoneAt("run-1")).toBe(NOON);
      expect((await ledger.bans.sourcesOfRun("run-1")).sort()).toEqual(["198.51.100.7/32", "2001:db8::/64"]);
    });

    test("the mode is nobody's until it is set", async () => {
      expect(await ledger.control.mode()).toBeNull();
      await ledger.control.setMode("paused", "ada", NOON);
      expect(await ledger.control.mode()).toBe("paused");
    });

    test("the same record twice is written once", async () => {
      const record = { event: "ban.applied" as const, at: toIso(NOON), id: "x", by: "ada", why: "because" };
      await ledger.control.record(record);
      await expect(ledger.control.record({ ...record, why: "something else" })).resolves.toBeUndefined();
    });

    test("automatic bans are counted over a rolling hour, a round once", async () => {
      const at = NOON - 30 * MINUTE;
      await ledger.control.countBans("UserToken", "run-1#1", at, 40);
      await ledger.control.countBans("UserToken", "run-1#1", at, 50);
      await ledger.control.countBans("UserToken", "run-1#2", NOON + 10 * MINUTE, 7);
      await ledger.control.countBans("UserCreation", "run-2#1", NOON, 1000);
      const count = (now: number, round: string) => ledger.control.bansInHour("UserToken", now, round);
      expect(await count(NOON + 20 * MINUTE, "run-1#3")).toBe(57);
      expect(await count(NOON + 20 * MINUTE, "run-1#2")).toBe(50);
      expect(await count(NOON + 31 * MINUTE, "run-1#3")).toBe(7);
    });

    test("established users are counted over a rolling hour, a decision once, all categories together", async () => {
      const count = (decision: string, at: number, users: number) =>
        countLockouts(ledger.control, decision, at, () => ({ users }));
      await count("proposal-1", NOON - 30 * MINUTE, 40);
      await count("proposal-1", NOON - 30 * MINUTE, 50);
      await count("run-1#2", NOON + 10 * MINUTE, 7);
      const seen = async (now: number, decision: string) =>
        usersInHour(await ledger.control.lockoutCount(), now, decision);
      expect(await seen(NOON + 20 * MINUTE, "run-1#3")).toBe(57);
      expect(await seen(NOON + 20 * MINUTE, "proposal-1")).toBe(7);
      expect(await seen(NOON + 31 * MINUTE, "run-1#3")).toBe(7);
    });

    test("of decisions that are counted at once each sees those before it", async () => {
      const seen = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          countLockouts(ledger.control, `proposal-${n}`, NOON, (inHour) => ({ users: 10, inHour })),
        ),
      );
      expect(seen.map(({ inHour }) => inHour).sort((a, b) => a - b)).toEqual([0, 10, 20, 30, 40, 50, 60, 70]);
      expect(await ledger.control.lockoutCount()).toMatchObject({ version: 8 });
    });

    test("a set's state comes back line by line, and only onto the version that was read", async () => {
      const written: Listing = new Map([
        ["198.51.100.7/32", ["198.51.100.7/32"]],
        ["203.0.113.0/31", ["203.0.113.0/32", "203.0.113.1/32"]],
        ["203.0.113.8/29", ["203.0.113.0/24"]],
      ]);
      const state: SetState = { ...beginWrite(null, "id", written, NOON), written };
      expect(await ledger.setStates.putSetState("edge", "auto-1", state)).toBe(true);
      expect(await ledger.setStates.putSetState("edge", "auto-1", state)).toBe(false);
      expect(await ledger.setStates.getSetState("edge", "auto-1")).toEqual(state);
      expect(await ledger.setStates.getSetState("pool", "auto-1")).toBeNull();
    });

    test("two full lists of scattered IPv6 sources fit into an item", async () => {
      const listing = (seed: number): Listing =>
        new Map(
          Array.from({ length: 10_000 }, (_, n) => {
            const group = (shift: number) => (((n + seed) * 2654435761 * (shift + 1)) >>> 7) & 0xffff;
            const source = `2001:${group(1).toString(16)}:${group(2).toString(16)}:${(n + seed).toString(16)}::/64`;
            return [source, [source]];
          }),
        );
      const state = { ...beginWrite(null, "id", listing(1), NOON), written: listing(20_000) };
      expect(await ledger.setStates.putSetState("edge", "full", state)).toBe(true);
      const back = await ledger.setStates.getSetState("edge", "full");
      expect([back?.written.size, back?.intent.size]).toEqual([10_000, 10_000]);
    });

    test("a notice is kept once, comes back as it was, oldest first, and is gone once it was sent", async () => {
      const kept = (id: string, at: number) => ({ id, at, notice: noticeOf(`ä ${id}`, ["Größe → 💥"], "run-1") });
      await ledger.outbox.keep(kept("b", NOON));
      await ledger.outbox.keep(kept("b", NOON + MINUTE));
      await ledger.outbox.keep(kept("c", NOON - MINUTE));
      const untaken = { takenAt: null };
      expect(await ledger.outbox.waiting()).toEqual([
        { ...kept("c", NOON - MINUTE), ...untaken },
        { ...kept("b", NOON), ...untaken },
      ]);
      await ledger.outbox.sent("c", NOON);
      await ledger.outbox.keep(kept("c", NOON + MINUTE));
      expect((await ledger.outbox.waiting()).map(({ id }) => id)).toEqual(["b"]);
    });

    test("of many who take a notice as they have seen it one gets it, and nobody one that was sent", async () => {
      await ledger.outbox.keep({ id: "a", at: NOON, notice: noticeOf("a", ["Größe → 💥"], "run-1") });
      const take = async (at: number) => {
        const [seen] = await ledger.outbox.waiting();
        if (!seen) throw new Error("nothing waits");
        const takes = Array.from({ length: 8 }, (_, n) => ledger.outbox.take(seen, at + n));
        return { seen, got: (await Promise.all(takes)).filter(Boolean).length };
      };
      const first = await take(NOON);
      const second = await take(NOON + MINUTE);
      expect([first.got, second.got]).toEqual([1, 1]);
      expect(second.seen).toEqual({ ...first.seen, takenAt: expect.any(Number) });
      const [seen] = await ledger.outbox.waiting();
      await ledger.outbox.sent("a", NOON);
      for (const takenAt of [seen?.takenAt ?? 0, null])
        expect(seen && (await ledger.outbox.take({ ...seen, takenAt }, NOON + HOUR))).toBe(false);
      expect(await ledger.outbox.waiting()).toEqual([]);
    });

    describe("proposals", () => {
      test("one is the category's latest; of two that are filed at once the second is told", async () => {
        expect(await ledger.proposals.latest("UserToken")).toBeNull();
        expect(await ledger.proposals.open(aProposal({ id: "first" }), null)).toBe(true);
        expect(await ledger.proposals.open(aProposal({ id: "second" }), null)).toBe(false);
        expect(await ledger.proposals.open(aProposal({ id: "third" }), "first")).toBe(true);
        expect(await ledger.proposals.latest("UserToken")).toBe("third");
        expect(await ledger.proposals.categories()).toEqual(["third"]);
      });

      test("a version goes onto the one before it, and nothing goes onto a decision", async () => {
        await ledger.proposals.open(aProposal(), null);
        expect(await ledger.proposals.put(aProposal({ version: 2 }), 1)).toBe(true);
        expect(await ledger.proposals.put(aProposal({ version: 2 }), 1)).toBe(false);
        expect(await ledger.proposals.put(aProposal({ version: 2, status: "approved" }), 2)).toBe(true);
        expect(await ledger.proposals.put(aProposal({ version: 3 }), 2)).toBe(false);
        expect((await ledger.proposals.get("first"))?.proposal).toMatchObject({ version: 2, status: "approved" });
      });

      test("tokens and notices are kept beside it and outlive its versions", async () => {
        await ledger.proposals.open(aProposal(), null);
        await ledger.proposals.putToken("first", 1, "AQB+/=".repeat(200));
        await ledger.proposals.put(aProposal({ version: 2 }), 1);
        await ledger.proposals.putToken("first", 2, "two");
        const notices = [{ at: toIso(NOON), sources: 3, topScore: 90, linkExpiresAt: toIso(NOON + HOUR) }];
        await ledger.proposals.putNotices("first", notices);
        expect(await ledger.proposals.get("first")).toEqual({
          proposal: aProposal({ version: 2 }),
          tokens: { 1: "AQB+/=".repeat(200), 2: "two" },
          notices,
          doneAt: null,
        });
        await ledger.proposals.putDone("first", NOON);
        expect(await ledger.proposals.get("first")).toMatchObject({ notices, doneAt: toIso(NOON) });
        expect(await ledger.proposals.get("unknown")).toBeNull();
      });
    });
  });
}

export function aProposal(over: Partial<Proposal> = {}): Proposal {
  return {
    schema: 1,
    id: "first",
    category: "UserToken",
    version: 1,
    hash: "hash",
    entriesKey: "runs/run-1/1/proposal-first-v1.json",
    sources: 3,
    topScore: 90,
    status: "open",
    run: aRun({ category: "UserToken" }),
    createdAt: toIso(NOON),
    updatedAt: toIso(NOON - DAY),
    decision: null,
    ...over,
  };
}
