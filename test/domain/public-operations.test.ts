import { publicOperations } from "../../functions/domain/public-operations.ts";
import { operationNames } from "../../functions/edge/operations.ts";

test("a rule may name every operation that the proxy relays, and no other", () => {
  expect([...publicOperations].sort()).toEqual([...operationNames].sort());
});
