import { readFileSync } from "node:fs";
import { join } from "node:path";

import { eventsOfRound } from "../../bench/machine-events.ts";
import { deploymentSchema } from "../../functions/domain/deployment.ts";

const task = (parts: object) => ({ Type: "Task", Resource: "arn:aws:states:::lambda:invoke", ...parts });
const query = (parts: object) => task({ Resource: "arn:aws:states:::athena:startQueryExecution.sync", ...parts });
const loop = (states: object) => JSON.stringify({ StartAt: "Look", States: states });

test.each([
  { case: "a task and a wait", states: { Look: task({ Next: "Rest" }), Rest: { Type: "Wait", Next: "Look" } }, is: 7 },
  { case: "a task that is waited for", states: { Look: query({ Next: "Look" }) }, is: 6 },
  {
    case: "the longer of two ways back, and no way that ends",
    states: {
      Look: { Type: "Choice", Choices: [{ Next: "Act" }, { Next: "End" }], Default: "Look" },
      Act: task({ Next: "Look" }),
      End: task({ End: true }),
    },
    is: 7,
  },
  {
    case: "branches, which come together",
    states: {
      Look: {
        Type: "Parallel",
        Next: "Look",
        Branches: [0, 1].map(() => ({ StartAt: "A", States: { A: query({}) } })),
      },
    },
    is: 16,
  },
])("$case: $is events", ({ states, is }) => {
  expect(eventsOfRound(loop(states), "Look", "calm")).toBe(is);
});

test("what fails goes on where it is caught, and takes its retries with it", () => {
  const states = {
    Look: query({ Retry: [{ MaxAttempts: 2 }], Catch: [{ Next: "Less" }], Next: "Look" }),
    Less: query({ Next: "Look" }),
  };
  const events = (["calm", "falling", "retried"] as const).map((weather) =>
    eventsOfRound(loop(states), "Look", weather),
  );
  expect(events).toEqual([6, 12, 20]);
});

test("a run of the most rounds that a config may ask for has a history that AWS allows, though each query falls back", () => {
  const mitigate = readFileSync(join(import.meta.dirname, "../../statemachines/mitigate.asl.json"), "utf8");
  const { maxRounds } = deploymentSchema.shape.run.parse({});
  expect(deploymentSchema.shape.run.safeParse({ maxRounds: maxRounds + 1 }).success).toBe(false);
  const outside = 100;
  expect(outside + maxRounds * eventsOfRound(mitigate, "Query", "falling")).toBeLessThan(25_000);
});
