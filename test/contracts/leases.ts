/** What the adapter of the leases promises, on whatever speaks DynamoDB's protocol; each test has a fresh table. */
import { type AllLeases, claimLease, type Leases, releaseLease } from "../../functions/detect/lease.ts";
import { aLease, NOW } from "../detect/run-builders.ts";

export function defineLeaseContract(name: string, fresh: () => Promise<Leases & AllLeases>): void {
  describe(name, () => {
    let leases: Leases & AllLeases;
    beforeEach(async () => {
      leases = await fresh();
    });

    test("a lease comes back as it was written, also a released one", async () => {
      const lease = aLease({ alarms: [{ name: "ä 50 %", region: "eu-west-1", at: NOW }] });
      expect(await leases.read(lease.category)).toBeNull();
      expect(await leases.write(lease)).toBe(true);
      expect(await leases.read(lease.category)).toEqual(lease);
      const end = { reason: "the limit", ending: "at-limit" as const, burning: ["a-90"] };
      await leases.write(releaseLease(lease, end));
      expect(await leases.read(lease.category)).toEqual({
        ...{ ...lease, owner: null, alarms: [], version: 2 },
        lastEnd: { owner: "run-1", fence: 1, ...end },
      });
      expect(await leases.read("UserCreation")).toBeNull();
    });

    test("a write onto another version than the one that was read is refused", async () => {
      await leases.write(aLease({ version: 1 }));
      expect(await leases.write(aLease({ version: 1, owner: "run-2" }))).toBe(false);
      expect(await leases.write(aLease({ version: 3, owner: "run-2" }))).toBe(false);
      expect(await leases.write(aLease({ version: 2, fence: 2 }))).toBe(true);
      expect(await leases.read("UserAuthentication")).toMatchObject({ owner: "run-1", fence: 2 });
    });

    test("those of all categories are read together, a patrol's left out", async () => {
      const held = ["UserAuthentication", "all"].map((category) => aLease({ category }));
      for (const lease of [...held, aLease({ category: "patrol" })]) await leases.write(lease);
      expect((await leases.readAll()).toSorted((a, b) => (a.category < b.category ? -1 : 1))).toEqual(held);
    });

    test("of many runs that claim a free category at once exactly one takes it", async () => {
      const claims = Array.from({ length: 20 }, (_, index) => {
        const claim = { category: "UserAuthentication", now: NOW, expiresAt: NOW + 1, alarm: null };
        return leases.write(claimLease(null, { ...claim, owner: `run-${index}` }).lease);
      });
      expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
    });
  });
}
