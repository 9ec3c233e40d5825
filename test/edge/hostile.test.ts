import fc from "fast-check";

import { cognitoAnswers, secretFaults } from "./hostile/aws.ts";
import { aHostileCase, hostileCase } from "./hostile/calls.ts";
import { type HostileRun, startHostileRun } from "./hostile/run.ts";
import { POOL } from "./hostile/words.ts";

const RUNS = 1_500;
let hostile: HostileRun;
beforeAll(async () => {
  hostile = await startHostileRun();
});
afterAll(() => hostile.stop());

test("whatever viewers, Secrets Manager and Cognito send, the rules hold", async () => {
  const ends = new Map<string, number>();
  const property = fc.asyncProperty(hostileCase, async (each) => {
    const end = await hostile.run(each);
    ends.set(end, (ends.get(end) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: RUNS });
  // Else the generators would have stopped to reach what they are made for.
  expect(ends.get("forwarded")).toBeGreaterThan(RUNS / 8);
  expect(ends.get("asked")).toBeGreaterThan(RUNS / 25);
  const refusals =
    "origin client body content-type secret operation path method user-name too-large parameters cognito flow challenge";
  expect([...ends.keys()]).toEqual(
    expect.arrayContaining(["edge.preflight", ...refusals.split(" ").map((reason) => `edge.refused ${reason}`)]),
  );
}, 60_000);

test.each(Object.keys(secretFaults).filter((name) => !/^(noClients|otherClients)$/.test(name)))(
  "without a secret that can be used nothing goes on: %s",
  async (secret) => {
    expect(await hostile.run(aHostileCase({ secret }))).toBe("edge.refused secret");
  },
  10_000,
);

const answered = Object.keys(cognitoAnswers).filter((name) => name !== "slow");
describe.each([
  { by: "an Admin operation", over: { config: { "X-Portcullis-Admin-Pool": POOL } } },
  { by: "an app client with two secrets", over: { secret: "two" } },
])("whatever Cognito answers to a call of $by, the rules hold", ({ over }) => {
  test.each(answered)("%s", async (answer) => {
    expect(await hostile.run(aHostileCase({ ...over, answers: [answer] }))).toMatch(/^asked$|cognito$|credentials$/);
  });
});

test("a Cognito that never answers is given up in time", async () => {
  const config = { "X-Portcullis-Admin-Pool": POOL };
  const start = Date.now();
  expect(await hostile.run(aHostileCase({ config, answers: ["slow"] }))).toBe("edge.refused cognito");
  expect(Date.now() - start).toBeLessThan(10_000);
}, 15_000);

test("the same call goes on once everything works", async () => {
  expect(await hostile.run(aHostileCase())).toBe("forwarded");
});
