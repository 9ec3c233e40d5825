import { wafIpSets } from "../../functions/block/aws/wafv2-ip-sets.ts";
import { SECOND } from "../../functions/domain/instant.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import type { Resource } from "../../local/template.ts";
import { contractSets, defineIpSetContract } from "../contracts/ip-sets.ts";
import { handClock } from "../local/hand-clock.ts";
import { anIpSet, aWebAcl, NOON, setArn, wafOver } from "../local/waf-builders.ts";

const clock = handClock(NOON);
const set = (name: string, more = {}) => anIpSet(name, [], { Description: "machine-owned", ...more });
const wafWith = (second: Resource) =>
  wafOver(
    [
      ...["allow-v4", "auto-v4-1"].map((name) => set(name)),
      // Sets of others, which fill the first page of a listing.
      ...Array.from({ length: 100 }, (_, n) => set(`a-others-${n}`)),
      second,
      set("auto-v6-1", { IPAddressVersion: "IPV6" }),
      { ...set("pool-v4-1", { Scope: "REGIONAL" }), arn: setArn("pool-v4-1", "eu-west-1"), region: "eu-west-1" },
      aWebAcl([]),
    ],
    clock,
  );
let waf = wafWith(set("auto-v4-2"));
let server: AwsServer | undefined;
afterAll(() => server?.stop());

defineIpSetContract("WAF's IP sets in the local world", async () => {
  server ??= await startAwsServer({ clock, services: { wafv2: { call: (call) => waf.service.call(call) } } });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const store = wafIpSets(contractSets, undefined, { endpoint: server.url, credentials, maxAttempts: 1 });
  const recreate = async (name: string) => {
    waf = wafWith({ ...set(name), arn: `${setArn(name)}-made-anew` });
  };
  return { store, second: () => clock.pass(SECOND), recreate };
});
