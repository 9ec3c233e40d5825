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
    read: () => cached.read([SECRET_ARN]),
    reads: () => reads,
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
