import { ConflictError } from "../../functions/domain/errors.ts";
import { SECOND } from "../../functions/domain/instant.ts";
import { gateSet } from "../../functions/edge/aws/gate-set.ts";
import type { GateSet } from "../../functions/edge/tend-gates.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { sdkConfig } from "../local/builders.ts";
import { aResource } from "../local/hand-assembly.ts";
import { type HandClock, handClock } from "../local/hand-clock.ts";
import { aWebAcl, NOON, wafOver } from "../local/waf-builders.ts";

let server: AwsServer;
let clock: HandClock;
beforeEach(async () => {
  clock = handClock(NOON);
  const properties = { Name: "gates", Scope: "REGIONAL", RegularExpressionList: ["^any"], Description: "ours" };
  const resource = { type: "AWS::WAFv2::RegexPatternSet", logicalId: "gates", region: "eu-west-1", properties };
  const { service } = wafOver([aResource(resource), aWebAcl([])], clock);
  server = await startAwsServer({ clock, services: { wafv2: service } });
});
afterEach(() => server.stop());

const rule = (name = "gates") => gateSet(name, "eu-west-1", sdkConfig(server.url));
async function theSet(): Promise<GateSet> {
  const set = await rule().read();
  if (!set) throw new Error("no set");
  return set;
}

test("what is written is read, and what the set says of itself stays", async () => {
  await rule().write({ ...(await theSet()), patterns: ["^one", "^two"] });
  expect(await theSet()).toMatchObject({ patterns: ["^one", "^two"], description: "ours" });
});

test("a set that is not there is none", async () => {
  expect(await rule("others").read()).toBeNull();
});

test("who was overtaken changes nothing, but by itself: then it is done", async () => {
  const before = await theSet();
  await rule().write({ ...before, patterns: ["^one", "^two"] });
  await clock.pass(SECOND);
  await expect(rule().write({ ...before, patterns: ["^three"] })).rejects.toThrow(ConflictError);
  await clock.pass(SECOND);
  await rule().write({ ...before, patterns: ["^one", "^two"] });
  expect((await theSet()).patterns).toEqual(["^one", "^two"]);
});
