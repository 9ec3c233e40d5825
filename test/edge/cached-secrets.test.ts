import fc from "fast-check";

import type { SecretDocument } from "../../functions/domain/edge-config.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { cachedSecrets } from "../../functions/edge/cached-secrets.ts";
import { aSecretDocument, SECRET_ARN } from "./builders.ts";

/** A store whose answers the test gives one by one. */
function aStore() {
  const waiting: { resolve: (document: SecretDocument) => void; reject: (error: Error) => void }[] = [];
  let now = 0;
  let reads = 0;
  const origin = {
    read() {
      reads += 1;
      return new Promise<SecretDocument>((resolve, reject) => void waiting.push({ resolve, reject }));
    },
  };
  const cached = cachedSecrets(origin, () => now);
  return {
    read: (copies = [SECRET_ARN]) => cached.read(copies),
    reads: () => reads,
    /** The oldest read that waits will never be answered, not even with an error. */
    lose: () => void waiting.shift(),
    /** The read that began last is answered first. */
    swap: () => void waiting.reverse(),
    pass: (ms: number) => {
      now += ms;
    },
    async answer(document: SecretDocument | Error) {
      const next = waiting.shift();
      document instanceof Error ? next?.reject(document) : next?.resolve(document);
      await new Promise(setImmediate);
    },
  };
}

type Store = ReturnType<typeof aStore>;

const first = aSecretDocument();
const second = aSecretDocument({ gates: ["SecondSecondSecondSeco"] });

test("callers at the same time share one read, later ones need none", async () => {
  const store = aStore();
  const both = [store.read(), store.read()];
  await store.answer(first);
  expect(await Promise.all([...both, store.read()])).toEqual([first, first, first]);
  expect(store.reads()).toBe(1);
});

test("a failure reaches those who waited and is forgotten", async () => {
  const store = aStore();
  const failed = store.read();
  const failure = expect(failed).rejects.toThrow("down");
  await store.answer(new Error("down"));
  await failure;
  const again = store.read();
  await store.answer(first);
  expect(await again).toBe(first);
});

test("after five minutes the old document serves while the next is fetched", async () => {
  const store = aStore();
  const initial = store.read();
  await store.answer(first);
  await initial;
  store.pass(5 * MINUTE);
  expect(await store.read()).toBe(first);
  expect(store.reads()).toBe(2);
  await store.answer(second);
  expect(await store.read()).toBe(second);
  expect(store.reads()).toBe(2);
});

test("a refresh that fails leaves the old document, until it is too old to be trusted", async () => {
  const store = aStore();
  const initial = store.read();
  await store.answer(first);
  await initial;
  store.pass(14 * MINUTE);
  expect(await store.read()).toBe(first);
  await store.answer(new Error("down"));
  store.pass(MINUTE);
  const failed = expect(store.read()).rejects.toThrow("down");
  await store.answer(new Error("down"));
  await failed;
});

describe("a refresh that was frozen", () => {
  /** A store with a document that is old enough for a refresh, and the refresh going on. */
  async function refreshing(age = 6 * MINUTE) {
    const store = aStore();
    const initial = store.read();
    await store.answer(first);
    await initial;
    store.pass(age);
    await store.read();
    expect(store.reads()).toBe(2);
    return store;
  }

  test.each([
    { case: "fails", thaw: (store: Store) => store.answer(new Error("socket hang up")) },
    { case: "never ends", thaw: async (store: Store) => store.lose() },
  ])("and $case: whoever needs a document reads it anew", async ({ thaw }) => {
    const store = await refreshing();
    store.pass(10 * MINUTE);
    const needed = store.read();
    await thaw(store);
    await store.answer(second);
    expect(await needed).toBe(second);
    expect(store.reads()).toBe(3);
  });

  test("for a moment only is not waited for either", async () => {
    const store = await refreshing(15 * MINUTE - 1);
    store.pass(1);
    const needed = store.read();
    await store.answer(new Error("socket hang up"));
    await store.answer(second);
    expect(await needed).toBe(second);
  });

  test("callers that take over share one read as well", async () => {
    const store = await refreshing();
    store.pass(10 * MINUTE);
    const needed = [store.read(), store.read()];
    store.lose();
    await store.answer(second);
    expect(await Promise.all(needed)).toEqual([second, second]);
    expect(store.reads()).toBe(3);
  });

  test("and never ends does not stop the refreshes after it", async () => {
    const store = await refreshing();
    store.lose();
    store.pass(9_999);
    await store.read();
    expect(store.reads()).toBe(2);
    store.pass(1);
    await store.read();
    await store.answer(second);
    expect(await store.read()).toBe(second);
    expect(store.reads()).toBe(3);
  });

  test("and brings an answer from before the freeze: its age counts from the beginning", async () => {
    const store = await refreshing();
    store.pass(60 * MINUTE);
    await store.answer(second);
    const needed = store.read();
    expect(store.reads()).toBe(3);
    await store.answer(first);
    expect(await needed).toBe(first);
  });

  test("does not replace what was read in the meantime", async () => {
    const store = await refreshing();
    store.pass(10 * MINUTE);
    const needed = store.read();
    store.swap();
    await store.answer(second);
    await needed;
    await store.answer(first);
    expect(await store.read()).toBe(second);
  });
});

test("other copies are another document", async () => {
  const store = aStore();
  const here = store.read();
  const there = store.read([SECRET_ARN, SECRET_ARN.replace("us-east-1", "eu-central-1")]);
  await store.answer(first);
  await store.answer(second);
  expect(await Promise.all([here, there])).toEqual([first, second]);
  expect(store.reads()).toBe(2);
});

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ act: fc.constant("read" as const) }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constant("pass" as const), ms: fc.oneof(fc.nat(12_000), minutes()) }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constantFrom("answer" as const, "fail" as const), which: fc.nat() }) },
  ),
  { maxLength: 60 },
);

function minutes() {
  return fc.nat(20).map((count) => count * MINUTE);
}

/** Reads that the test answers in any order, and what holds for each of them when it begins. */
function anyStore() {
  let now = 0;
  let newest = Number.NEGATIVE_INFINITY;
  const open: { began: number; needed: boolean; answer: (fail: boolean) => void }[] = [];
  const madeAt = new Map<SecretDocument, number>();
  const origin = {
    read() {
      const began = now;
      const needed = began - newest >= 15 * MINUTE;
      // A second read may begin only beside one that is dead, or beside a refresh that a caller can't wait for.
      for (const other of open) expect(began - other.began >= 10_000 || (needed && !other.needed)).toBe(true);
      return new Promise<SecretDocument>((resolve, reject) => {
        const answer = (fail: boolean) => {
          if (fail) return reject(new Error(needed ? "down" : "a refresh nobody waits for"));
          const document = aSecretDocument();
          madeAt.set(document, began);
          newest = Math.max(newest, began);
          resolve(document);
        };
        open.push({ began, needed, answer });
      });
    },
  };
  const cached = cachedSecrets(origin, () => now);
  return {
    open,
    pass: (ms: number) => {
      now += ms;
    },
    async read() {
      const document = await cached.read([SECRET_ARN]).catch((error: Error) => error);
      if (document instanceof Error) expect(document.message).toBe("down");
      else expect(now - (madeAt.get(document) ?? Number.NEGATIVE_INFINITY)).toBeLessThan(15 * MINUTE);
    },
    async answer(which: number, fail: boolean) {
      const [read] = open.splice(which % open.length, 1);
      read?.answer(fail);
      await settled();
    },
  };
}

const settled = () => new Promise(setImmediate);

test("whatever happens in whatever order: no document older than 15 minutes, no two reads but to take over", async () => {
  const property = fc.asyncProperty(steps, async (plan) => {
    const store = anyStore();
    const asked: Promise<void>[] = [];
    for (const step of plan) {
      if (step.act === "read") asked.push(store.read());
      else if (step.act === "pass") store.pass(step.ms);
      else if (store.open.length > 0) await store.answer(step.which, step.act === "fail");
      await settled();
    }
    while (store.open.length > 0) await store.answer(0, false);
    await Promise.all(asked);
  });
  // A failure names its seed and path.
  await fc.assert(property, { numRuns: 500 });
});
