/** What the adapter of WAF's IP sets promises. `store` gives it over sets of these names, all empty. */

import type { IpSetStore } from "../../functions/block/ports.ts";
import { canonicalLines } from "../../functions/block/set-views.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { ConflictError, RetryableError } from "../../functions/domain/errors.ts";

export const contractSets: IpSets = {
  edge: {
    region: "us-east-1",
    allow: { v4: ["allow-v4"], v6: [] },
    deny: { v4: [], v6: [] },
    auto: { v4: ["auto-v4-1", "auto-v4-2"], v6: ["auto-v6-1"] },
  },
  pool: {
    region: "eu-west-1",
    allow: { v4: [], v6: [] },
    deny: { v4: [], v6: [] },
    auto: { v4: ["pool-v4-1"], v6: [] },
  },
};

export interface IpSetScene {
  readonly store: IpSetStore;
  /** Lets a second go by, for WAF's rate limits. */
  second(): Promise<void>;
  /** Deletes a set of the edge and makes one of the same name. */
  recreate(name: string): Promise<void>;
}

/** `knowsCapacity`: moto's WAF takes a set of any size. */
export function defineIpSetContract(
  name: string,
  scene: () => Promise<IpSetScene>,
  { knowsCapacity = true }: { knowsCapacity?: boolean } = {},
): void {
  describe(name, () => {
    let ipSets: IpSetScene;
    beforeAll(async () => {
      ipSets = await scene();
    });
    beforeEach(() => ipSets.second());
    const read = async (name: string, target: "edge" | "pool" = "edge") => {
      const set = await ipSets.store.read(target, name);
      if (!set) throw new Error(`no set ${name}`);
      return set;
    };

    test("a write replaces the lines and keeps the description", async () => {
      const before = await read("auto-v4-1");
      expect(before.description).not.toBe("");
      await ipSets.store.write("edge", "auto-v4-1", { ...before, addresses: ["198.51.100.7/32", "203.0.113.0/24"] });
      const after = await read("auto-v4-1");
      expect(canonicalLines(after)).toEqual(new Set(["198.51.100.7/32", "203.0.113.0/24"]));
      expect(after).toMatchObject({ id: before.id, description: before.description });
      expect(after.lockToken).not.toBe(before.lockToken);
    });

    test("IPv6 reads canonical, however WAF spells it", async () => {
      await ipSets.store.write("edge", "auto-v6-1", { ...(await read("auto-v6-1")), addresses: ["2001:db8:1:2::/64"] });
      expect(canonicalLines(await read("auto-v6-1"))).toEqual(new Set(["2001:db8:1:2::/64"]));
    });

    test("a spent lock token is a conflict, and the lines stay", async () => {
      const set = await read("auto-v4-2");
      await ipSets.store.write("edge", "auto-v4-2", { ...set, addresses: ["198.51.100.1/32"] });
      await ipSets.second();
      const late = ipSets.store.write("edge", "auto-v4-2", { ...set, addresses: [] });
      await expect(late).rejects.toThrow(ConflictError);
      expect(canonicalLines(await read("auto-v4-2")).size).toBe(1);
    });

    test("each scope has its own sets", async () => {
      await ipSets.store.write("pool", "pool-v4-1", {
        ...(await read("pool-v4-1", "pool")),
        addresses: ["198.51.100.9/32"],
      });
      expect(canonicalLines(await read("pool-v4-1", "pool")).size).toBe(1);
      expect(await ipSets.store.read("edge", "pool-v4-1")).toBeNull();
    });

    test("a set that does not exist is null", async () => {
      expect(await ipSets.store.read("edge", "nobody")).toBeNull();
    });

    test("of two writers with the same token one is told", async () => {
      const set = await read("auto-v4-2");
      const write = (line: string) => ipSets.store.write("edge", "auto-v4-2", { ...set, addresses: [line] });
      const [one] = await Promise.allSettled([write("198.51.100.1/32")]);
      await ipSets.second();
      const [other] = await Promise.allSettled([write("198.51.100.2/32")]);
      expect([one.status, other.status]).toEqual(["fulfilled", "rejected"]);
      expect(canonicalLines(await read("auto-v4-2"))).toEqual(new Set(["198.51.100.1/32"]));
    });

    test("a set is emptied and filled again", async () => {
      await ipSets.store.write("edge", "auto-v4-1", { ...(await read("auto-v4-1")), addresses: [] });
      expect((await read("auto-v4-1")).addresses).toEqual([]);
      await ipSets.second();
      await ipSets.store.write("edge", "auto-v4-1", { ...(await read("auto-v4-1")), addresses: ["203.0.113.0/24"] });
      expect((await read("auto-v4-1")).addresses).toEqual(["203.0.113.0/24"]);
    });

    test("a set made anew under its name is found, and its old id takes no write", async () => {
      const before = await read("auto-v4-2");
      await ipSets.recreate("auto-v4-2");
      const after = await read("auto-v4-2");
      expect(after.id).not.toBe(before.id);
      expect(after.addresses).toEqual([]);
      await ipSets.second();
      await expect(ipSets.store.write("edge", "auto-v4-2", before)).rejects.toThrow();
    });

    const lines = (count: number) => Array.from({ length: count }, (_, n) => `20.${n >> 8}.${n & 255}.1/32`);

    test.each([9_999, 10_000])("%i lines go in and come back", async (count) => {
      await ipSets.store.write("edge", "auto-v4-1", { ...(await read("auto-v4-1")), addresses: lines(count) });
      expect(canonicalLines(await read("auto-v4-1"))).toEqual(new Set(lines(count)));
    });

    const isRefused = knowsCapacity ? "are refused for good" : "go in, where AWS refuses them";
    test(`10,001 lines ${isRefused}`, async () => {
      const addresses = lines(10_001);
      const tooMany = ipSets.store.write("edge", "auto-v4-1", { ...(await read("auto-v4-1")), addresses });
      if (knowsCapacity) await expect(tooMany).rejects.not.toThrow(RetryableError);
      else await expect(tooMany).resolves.toBeUndefined();
    });
  });
}
