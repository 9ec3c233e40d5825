/** The adapter of WAF's IP sets on moto's WAF: the suite that it passes on the local one, so the two agree. */
import { CreateIPSetCommand, DeleteIPSetCommand, WAFV2Client } from "@aws-sdk/client-wafv2";

import { wafIpSets } from "../../functions/block/aws/wafv2-ip-sets.ts";
import { contractSets, defineIpSetContract } from "../contracts/ip-sets.ts";
import { sdkConfig } from "../local/builders.ts";
import { describeWith, type Server, startMoto } from "./tools.ts";

jest.setTimeout(60_000);

describeWith("moto", "on moto", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startMoto();
  });
  afterAll(() => server?.stop());

  const door = {
    edge: { region: "us-east-1", Scope: "CLOUDFRONT" },
    pool: { region: "eu-west-1", Scope: "REGIONAL" },
  } as const;

  async function create(target: "edge" | "pool", Name: string): Promise<void> {
    const { region, Scope } = door[target];
    const client = new WAFV2Client({ ...sdkConfig(server.url), region });
    const IPAddressVersion = Name.includes("v6") ? "IPV6" : "IPV4";
    await client.send(new CreateIPSetCommand({ Name, Scope, IPAddressVersion, Addresses: [], Description: "ours" }));
  }

  defineIpSetContract(
    "WAF's IP sets",
    async () => {
      for (const target of ["edge", "pool"] as const) {
        const { allow, auto } = contractSets[target] ?? contractSets.edge;
        for (const name of [...allow.v4, ...auto.v4, ...auto.v6]) await create(target, name);
      }
      const { region: _, ...config } = sdkConfig(server.url);
      const store = wafIpSets(contractSets, undefined, config);
      return {
        store,
        second: async () => {},
        recreate: async (name) => {
          const set = await store.read("edge", name);
          const client = new WAFV2Client(sdkConfig(server.url));
          const reference = { Name: name, Scope: door.edge.Scope, Id: set?.id, LockToken: set?.lockToken };
          await client.send(new DeleteIPSetCommand(reference));
          await create("edge", name);
        },
      };
    },
    { knowsCapacity: false },
  );
});
