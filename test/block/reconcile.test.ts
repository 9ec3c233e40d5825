import { releaseByPerson } from "../../functions/block/ledger.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import { ConflictError, RetryableError } from "../../functions/domain/errors.ts";
import { HOUR, MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { aBan, aClaim, exclusions, loneSource, NOON, sets } from "./builders.ts";
import { aScene, type Scene } from "./scene.ts";

const v4 = (...sources: string[]) => sources.map((source) => aBan({ source }));
const many = (count: number, over: Partial<Ban> = {}) =>
  Array.from({ length: count }, (_, index) => aBan({ source: loneSource(index), ...over }));
const onRecord = ({ ledger }: Scene) => [...ledger.stored.records.values()];
const oneShard = { ...sets, edge: { ...sets.edge, auto: { v4: ["auto-v4-1"], v6: ["auto-v6-1"] } }, pool: null };

test("active bans stand in the sets of their targets and families", async () => {
  const scene = aScene();
  scene.ledger.put(
    aBan({ source: "198.51.100.7/32" }),
    aBan({ source: "203.0.113.9/32", targets: ["pool"] }),
    aBan({ source: "2001:db8:1:2::/64", targets: ["edge"] }),
  );
  await scene.reconcile();
  expect(scene.waf.all("edge").sort()).toEqual(["198.51.100.7/32", "2001:db8:1:2::/64"]);
  expect(scene.waf.lines("pool", "pool-auto-v4-1")).toEqual(["198.51.100.7/32", "203.0.113.9/32"]);
});

test("a second reconcile writes nothing", async () => {
  const scene = aScene();
  scene.ledger.put(...many(50));
  await scene.reconcile();
  const writes = scene.waf.writes();
  const reports = await scene.reconcile();
  expect(scene.waf.writes()).toBe(writes);
  expect(reports).toMatchObject([{ written: [], adopted: [] }, { written: [] }]);
});

test.each([
  { case: "simulated", over: { simulated: true } },
  { case: "released", over: { status: "released" as const } },
  { case: "over", over: { expiresAt: toIso(NOON) } },
])("a ban that is $case stands in no set", async ({ over }) => {
  const scene = aScene();
  scene.ledger.put(aBan(over));
  await scene.reconcile();
  expect(scene.waf.all("edge")).toEqual([]);
});

test("allow-listed and never-block addresses stay out, whatever the ledger says", async () => {
  const scene = aScene({ excluded: exclusions({ allow: ["198.51.100.7/32", "2001:db8:1::/48"] }) });
  scene.ledger.put(...v4("198.51.100.7/32", "10.1.2.3/32", "2001:db8:1:2::/64", "203.0.113.9/32"));
  await scene.reconcile();
  expect(scene.waf.all("edge")).toEqual(["203.0.113.9/32"]);
});

test("an allowed address inside a banned range is carved out, and nothing else", async () => {
  const scene = aScene({ excluded: exclusions({ allow: ["198.51.100.1/32"] }) });
  scene.ledger.put(...v4("198.51.100.0/30"));
  await scene.reconcile();
  expect(scene.waf.all("edge").sort()).toEqual(["198.51.100.0/32", "198.51.100.2/31"]);
});

test("neighbours are merged without loss, and taken apart again when one of them ends", async () => {
  const scene = aScene();
  scene.ledger.put(
    aBan({ source: "198.51.100.6/32" }),
    aBan({ source: "198.51.100.7/32", expiresAt: toIso(NOON + 10 * MINUTE) }),
  );
  await scene.reconcile();
  expect(scene.waf.all("edge")).toEqual(["198.51.100.6/31"]);
  scene.pass(10 * MINUTE);
  await scene.sweep();
  expect(scene.waf.all("edge")).toEqual(["198.51.100.6/32"]);
});

describe("what people do in WAF", () => {
  test("a foreign line is adopted as a manual ban with an expiry", async () => {
    const scene = aScene();
    scene.ledger.put(...v4("198.51.100.7/32"));
    await scene.reconcile();
    scene.waf.edit("edge", "auto-v4-2", (lines) => [...lines, "203.0.113.50/32"]);
    const [edge] = await scene.reconcile();
    expect(edge).toMatchObject({ adopted: ["203.0.113.50/32"] });
    expect(scene.ledger.stored.bans.get("203.0.113.50/32")).toMatchObject({
      claims: { "manual:waf-console": { origin: "manual", until: toIso(NOON + 4 * HOUR) } },
      targets: ["edge"],
    });
    expect(scene.waf.all("edge").sort()).toEqual(["198.51.100.7/32", "203.0.113.50/32"]);
    expect(onRecord(scene)).toMatchObject([{ event: "ban.adopted", by: "waf-console", source: "203.0.113.50/32" }]);
    scene.pass(4 * HOUR);
    await scene.sweep();
    expect(scene.waf.all("edge")).toEqual([]);
  });

  test.each([
    { case: "an allow-listed address", line: "203.0.113.50/32" },
    { case: "a private address", line: "10.0.0.1/32" },
    { case: "a range wider than /24", line: "203.0.0.0/16" },
  ])("a foreign line with $case is taken out and reported", async ({ line }) => {
    const scene = aScene({ excluded: exclusions({ allow: ["203.0.113.50/32"] }) });
    scene.waf.edit("edge", "auto-v4-1", () => [line]);
    const [edge] = await scene.reconcile();
    expect(edge).toMatchObject({ adopted: [], refused: [line] });
    expect(onRecord(scene)).toMatchObject([{ event: "guard.refused", source: line }]);
    expect(scene.waf.all("edge")).toEqual([]);
    expect(scene.ledger.stored.bans.size).toBe(0);
  });

  test("a single line taken out is a release by a person, at both doors", async () => {
    const scene = aScene();
    scene.ledger.put(...many(50));
    await scene.reconcile();
    scene.waf.edit("edge", "auto-v4-1", (lines) => lines.filter((line) => line !== loneSource(7)));
    const [edge] = await scene.reconcile();
    expect(edge).toMatchObject({ releasedByHand: [loneSource(7)], damaged: 0 });
    // What drift at one door changed in the ledger has reached the other in the same reconcile.
    expect([...scene.waf.all("edge"), ...scene.waf.all("pool")]).not.toContain(loneSource(7));
    expect(scene.ledger.stored.bans.get(loneSource(7))).toMatchObject({ status: "released", claims: {} });
    expect(scene.ledger.stored.bans.get(loneSource(7))?.noRebanBefore).toBeDefined();
    expect(onRecord(scene)).toMatchObject([{ event: "ban.released", by: "waf-console", source: loneSource(7) }]);
  });

  test("taking the only line out is a release too", async () => {
    const scene = aScene();
    scene.ledger.put(...v4("198.51.100.7/32"));
    await scene.reconcile();
    scene.waf.edit("edge", "auto-v4-1", () => []);
    expect(await scene.reconcile()).toMatchObject([{ releasedByHand: ["198.51.100.7/32"] }, {}]);
  });

  test("a source that was released by hand and is banned anew later is not taken for missing", async () => {
    const scene = aScene();
    scene.ledger.put(...v4("198.51.100.7/32"));
    await scene.reconcile();
    scene.waf.edit("edge", "auto-v4-1", () => []);
    await scene.reconcile();
    await scene.reconcile();
    const version = (scene.ledger.stored.bans.get("198.51.100.7/32")?.version ?? 0) + 1;
    scene.ledger.put(aBan({ version }));
    expect(await scene.reconcile()).toMatchObject([{ releasedByHand: [] }, { releasedByHand: [] }]);
    expect(scene.waf.all("edge")).toEqual(["198.51.100.7/32"]);
  });

  test("a range split by hand into its halves is no drift", async () => {
    const scene = aScene();
    scene.ledger.put(...v4("198.51.100.6/32", "198.51.100.7/32"));
    await scene.reconcile();
    scene.waf.edit("edge", "auto-v4-1", () => ["198.51.100.6/32", "198.51.100.7/32"]);
    expect(await scene.reconcile()).toMatchObject([{ adopted: [], releasedByHand: [], damaged: 0 }, {}]);
  });

  test("one half of a merged range taken out releases that half only", async () => {
    const scene = aScene();
    scene.ledger.put(...v4("198.51.100.6/32", "198.51.100.7/32"));
    await scene.reconcile();
    scene.waf.edit("edge", "auto-v4-1", () => ["198.51.100.6/32"]);
    expect(await scene.reconcile()).toMatchObject([{ releasedByHand: ["198.51.100.7/32"], damaged: 0 }, {}]);
    expect(scene.waf.all("edge")).toEqual(["198.51.100.6/32"]);
  });
});

describe("damage is restored and told", () => {
  test.each([
    { case: "eleven lines of a thousand", bans: 1000, keep: (_: string, index: number) => index >= 11, damaged: 11 },
    { case: "a tenth of twenty", bans: 20, keep: (_: string, index: number) => index >= 2, damaged: 2 },
    { case: "everything", bans: 300, keep: () => false, damaged: 300 },
  ])("$case", async ({ bans, keep, damaged }) => {
    const scene = aScene({ sets: oneShard });
    scene.ledger.put(...many(bans));
    await scene.reconcile();
    scene.waf.edit("edge", "auto-v4-1", (lines) => lines.filter(keep));
    expect(await scene.reconcile()).toMatchObject([{ damaged, releasedByHand: [] }]);
    expect(scene.waf.all("edge")).toHaveLength(bans);
    expect(scene.told.filter(({ event }) => event === "set.damaged")).toHaveLength(1);
  });

  test("a set that was deleted and made anew is filled again, also with a single line", async () => {
    const scene = aScene({ sets: oneShard });
    scene.ledger.put(...v4("198.51.100.7/32"));
    await scene.reconcile();
    scene.waf.recreate("edge", "auto-v4-1");
    expect(await scene.reconcile()).toMatchObject([{ damaged: 1, releasedByHand: [] }]);
    expect(scene.waf.all("edge")).toEqual(["198.51.100.7/32"]);
  });

  test("the lines of a deleted set move to the others", async () => {
    const scene = aScene();
    scene.ledger.put(...many(30));
    await scene.reconcile();
    scene.waf.remove("edge", "auto-v4-1");
    expect(await scene.reconcile()).toMatchObject([{ missingSets: ["auto-v4-1"], releasedByHand: [] }, {}]);
    expect(scene.waf.all("edge")).toHaveLength(30);
  });

  test("five missing of two hundred were five releases", async () => {
    const scene = aScene({ sets: oneShard });
    scene.ledger.put(...many(200));
    await scene.reconcile();
    scene.waf.edit("edge", "auto-v4-1", (lines) => lines.slice(5));
    const [edge] = await scene.reconcile();
    expect(edge?.releasedByHand).toHaveLength(5);
    expect(scene.waf.all("edge")).toHaveLength(195);
  });
});

describe("capacity", () => {
  test.each([
    { count: 9_999, overflow: 0 },
    { count: 10_000, overflow: 0 },
    { count: 10_001, overflow: 1 },
  ])("$count sources in one set leave $overflow out", async ({ count, overflow }) => {
    const scene = aScene({ sets: oneShard });
    scene.ledger.put(...many(count));
    const [edge] = await scene.reconcile();
    expect(edge?.overflow).toHaveLength(overflow);
    expect(edge?.fillPercent).toBe(100);
    expect(scene.waf.all("edge")).toHaveLength(Math.min(count, 10_000));
  });

  test("an attack ten times over the capacity still fills every line", async () => {
    const scene = aScene({ sets: oneShard, capacity: 100 });
    scene.ledger.put(...many(1_000));
    expect((await scene.reconcile())[0]?.overflow).toHaveLength(900);
    expect(scene.waf.all("edge")).toHaveLength(100);
  });

  test("the lowest scores stay out, and come in when there is room", async () => {
    const scene = aScene({ sets: oneShard, capacity: 3 });
    const scored = (score: number) => aBan({ source: loneSource(score), claims: { r: aClaim({ score }) } });
    scene.ledger.put(...[71, 99, 80, 75, 90].map(scored));
    expect(await scene.reconcile()).toMatchObject([{ overflow: [loneSource(75), loneSource(71)] }]);
    expect(scene.waf.all("edge").sort()).toEqual([80, 90, 99].map(loneSource).sort());
    const held = scene.ledger.stored.bans.get(loneSource(99)) as Ban;
    scene.ledger.put(releaseByPerson(held, scene.now(), scene.now()) as Ban);
    expect(await scene.reconcile()).toMatchObject([{ overflow: [loneSource(71)] }]);
    expect(scene.waf.all("edge").sort()).toEqual([75, 80, 90].map(loneSource).sort());
  });

  test("one source more in sets that are nearly full writes one set", async () => {
    const scene = aScene({ sets: { ...sets, pool: null }, capacity: 1000 });
    scene.ledger.put(...many(2_900));
    await scene.reconcile();
    const writes = scene.waf.writes();
    const [edge] = await scene.reconcile([aBan({ source: loneSource(4_000) })]);
    expect(scene.waf.writes() - writes).toBe(1);
    expect(edge?.lines).toBe(2_901);
  });
});

describe("the index lags", () => {
  test("a ban that the index has lost sight of stays in the set", async () => {
    const scene = aScene();
    scene.ledger.lag();
    await scene.reconcile(v4("198.51.100.7/32"));
    scene.ledger.put(...v4("198.51.100.7/32"));
    await scene.reconcile();
    expect(scene.waf.all("edge")).toEqual(["198.51.100.7/32"]);
  });

  test("a ban that was released is not put back because the index still shows it", async () => {
    const scene = aScene();
    scene.ledger.put(...v4("198.51.100.7/32"));
    scene.ledger.lag();
    const released = releaseByPerson(aBan(), NOON, NOON) as Ban;
    scene.ledger.put(released);
    await scene.reconcile();
    expect(scene.waf.all("edge")).toEqual([]);
  });
});

describe("other writers", () => {
  test("a lock conflict on each of the first twenty tries is worked through", async () => {
    let conflicts = 0;
    const scene = aScene({
      sets: oneShard,
      fault: (call, phase) => {
        if (call !== "UpdateIPSet" || phase !== "before" || conflicts >= 20) return;
        conflicts += 1;
        scene.waf.edit("edge", "auto-v4-1", (lines) => [...lines, `203.0.113.${conflicts * 2}/32`]);
      },
    });
    scene.ledger.put(...v4("198.51.100.7/32"));
    await scene.reconcile();
    expect(scene.waf.all("edge")).toContain("198.51.100.7/32");
    // Nothing that the other tool wrote was lost either.
    expect(scene.waf.all("edge").filter((line) => line.startsWith("203."))).toHaveLength(20);
  });

  test("a set that somebody empties right after our write is filled again by the same reconcile", async () => {
    let emptied = 0;
    const scene = aScene({
      sets: oneShard,
      fault: (call, phase) => {
        if (call !== "UpdateIPSet" || phase !== "after" || emptied === 3) return;
        emptied += 1;
        scene.waf.edit("edge", "auto-v4-1", () => []);
      },
    });
    const sources = Array.from({ length: 40 }, (_, n) => loneSource(n));
    scene.ledger.put(...v4(...sources));
    await scene.reconcile();
    expect([emptied, scene.waf.all("edge").sort()]).toEqual([3, sources.sort()]);
  });

  test("each write waits for its Region's turn", async () => {
    const scene = aScene();
    const waited: string[] = [];
    const written: string[] = [];
    scene.ports.turn = async (region: string) => void waited.push(region);
    const write = scene.waf.ipSets.write;
    scene.ports.ipSets.write = async (target, name, set) => {
      written.push(scene.sets[target]?.region ?? "");
      expect(waited.filter((region) => region === written.at(-1))).toHaveLength(
        written.filter((region) => region === written.at(-1)).length,
      );
      await write(target, name, set);
    };
    scene.ledger.put(...v4("198.51.100.7/32"), aBan({ source: "2001:db8:1:2::/64", claims: {} }));
    await scene.reconcile();
    expect([...waited].sort()).toEqual(["eu-west-1", "eu-west-1", "us-east-1", "us-east-1"]);
    expect([...written].sort()).toEqual([...waited].sort());
  });

  test("somebody who never stops writing makes it fail loudly within a minute", async () => {
    const scene = aScene({
      fault: (call, phase) => {
        if (call === "UpdateIPSet" && phase === "before") throw new ConflictError("somebody was faster");
      },
    });
    scene.ledger.put(...v4("198.51.100.7/32"));
    await expect(scene.reconcile()).rejects.toThrow(RetryableError);
    expect(scene.now() - NOON).toBeLessThan(90 * SECOND);
  });

  test("one door that cannot be written does not keep the other open", async () => {
    const scene = aScene();
    scene.ledger.put(...v4("198.51.100.7/32"));
    const write = scene.waf.ipSets.write;
    scene.ports.ipSets.write = async (target, name, set) => {
      if (target === "edge") throw new Error("AccessDeniedException");
      await write(target, name, set);
    };
    await expect(scene.reconcile()).rejects.toThrow("AccessDenied");
    expect(scene.waf.all("pool")).toEqual(["198.51.100.7/32"]);
  });

  test("a write whose answer was lost is found, and settled once no older write can arrive", async () => {
    let lost = 0;
    const scene = aScene({
      fault: (call, phase) => {
        if (call === "UpdateIPSet" && phase === "after" && lost++ === 0) throw new RetryableError("time-out");
      },
    });
    scene.ledger.put(...v4("198.51.100.7/32"));
    expect(await scene.reconcile()).toMatchObject([{ adopted: [] }, { adopted: [] }]);
    scene.pass(10 * MINUTE);
    await scene.reconcile();
    expect([...scene.ledger.stored.states.values()].every(({ pendingSince }) => pendingSince === null)).toBe(true);
    expect(scene.waf.all("edge")).toEqual(["198.51.100.7/32"]);
  });
});

test("a description is kept and IPv6 in another spelling is no difference", async () => {
  const scene = aScene();
  scene.ledger.put(...v4("2001:db8:1:2::/64"));
  await scene.reconcile();
  scene.waf.edit("edge", "auto-v6-1", () => ["2001:0DB8:0001:0002:0000:0000:0000:0000/64"]);
  const writes = scene.waf.writes();
  await scene.reconcile();
  expect(scene.waf.writes()).toBe(writes);
});
