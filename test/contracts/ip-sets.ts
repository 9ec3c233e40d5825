/** What the adapter of WAF's IP sets promises. `store` gives it over sets of these names, all empty. */

import type { IpSetStore } from "../../functions/block/ports.ts";
import { canonicalLines } from "../../functions/block/set-views.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { ConflictError } from "../../functions/domain/errors.ts";

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
}

export function defineIpSetContract(name: string, scene: () => Promise<IpSetScene>): void {
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

    test("ten thousand lines go in, one more is refused for good", async () => {
      const lines = (count: number) => Array.from({ length: count }, (_, n) => `20.${n >> 8}.${n & 255}.1/32`);
      await ipSets.store.write("edge", "auto-v4-1", { ...(await read("auto-v4-1")), addresses: lines(10_000) });
      expect(canonicalLines(await read("auto-v4-1")).size).toBe(10_000);
      await ipSets.second();
      const tooMany = ipSets.store.write("edge", "auto-v4-1", {
        ...(await read("auto-v4-1")),
        addresses: lines(10_001),
      });
      await expect(tooMany).rejects.toThrow();
    });
  });
}
