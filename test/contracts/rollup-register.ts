/** What the adapter of the rollups' register promises, on whatever speaks DynamoDB's protocol; each test has a fresh table. */
import type { RollupRegister } from "../../functions/detect/rollup.ts";

export function defineRollupContract(name: string, fresh: () => Promise<RollupRegister>): void {
  describe(name, () => {
    const hour = { kind: "hour", partition: "2026-11-22-10" } as const;
    let register: RollupRegister;
    beforeEach(async () => {
      register = await fresh();
    });

    test("what is registered is read, what is not is missing", async () => {
      await register.write(hour, 1_795_305_600_000);
      await register.write({ kind: "day", partition: "2026-11-21" }, 7);
      expect(await register.read("hour", ["2026-11-22-09", "2026-11-22-10"])).toEqual(
        new Map([["2026-11-22-10", 1_795_305_600_000]]),
      );
      expect(await register.read("day", ["2026-11-21", "2026-11-22-10"])).toEqual(new Map([["2026-11-21", 7]]));
      expect(await register.read("hour", [])).toEqual(new Map());
    });

    test("a generation goes up and never back", async () => {
      expect(await register.write(hour, 5)).toBe(true);
      expect(await register.write(hour, 4)).toBe(false);
      expect(await register.write(hour, 5)).toBe(false);
      expect(await register.write(hour, 6)).toBe(true);
      expect(await register.read("hour", [hour.partition])).toEqual(new Map([[hour.partition, 6]]));
    });

    test("an hour that was rolled up by a sample says so, until it is rolled up whole", async () => {
      await register.write(hour, 5, true);
      expect(await register.sampled(["2026-11-22-09", hour.partition])).toEqual([hour.partition]);
      expect(await register.read("hour", [hour.partition])).toEqual(new Map([[hour.partition, 5]]));
      await register.write(hour, 6);
      expect(await register.sampled([hour.partition])).toEqual([]);
    });

    test("of many writers at once the highest generation stays", async () => {
      await Promise.all([3, 9, 1, 7].map((generation) => register.write(hour, generation)));
      expect(await register.read("hour", [hour.partition])).toEqual(new Map([[hour.partition, 9]]));
    });
  });
}
