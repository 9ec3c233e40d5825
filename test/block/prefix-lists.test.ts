/** The never-block list at run time: CloudFront's managed prefix lists, and what counts while they cannot be read. */
import { cloudFrontPrefixLists } from "../../functions/block/aws/prefix-lists.ts";
import { cloudFrontRanges } from "../../functions/domain/cloudfront-ranges.ts";
import { HOUR } from "../../functions/domain/instant.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { AwsError } from "../../local/aws-wire.ts";
import { createEc2 } from "../../local/ec2.ts";
import { plainClock, sdkConfig } from "../local/builders.ts";

const isIpv6 = (range: string) => range.includes(":");
const V6_LIST = "pl-0b1c2d3e4f5061728";
const ec2 = createEc2();
/** What is wrong with EC2 just now: nothing, all of it, or the entries of the IPv6 list. */
let broken: "nothing" | "all" | "ipv6" | "ipv6 empty" = "nothing";
let asked = 0;
let now = 0;
let server: AwsServer;

beforeAll(async () => {
  server = await startAwsServer({
    clock: plainClock,
    services: {
      ec2: {
        ...ec2,
        async call(call) {
          asked += 1;
          const ofIpv6 = call.body.toString().includes(V6_LIST);
          if (broken === "all" || (broken === "ipv6" && ofIpv6))
            throw new AwsError("RequestLimitExceeded", "slow down", { status: 503 });
          const answer = await ec2.call(call);
          if (broken !== "ipv6 empty" || !ofIpv6) return answer;
          return {
            ...answer,
            body: String(answer.body)
              .replace(/<item>.*<\/item>/s, "")
              .replace(/<nextToken>.*<\/nextToken>/, ""),
          };
        },
      },
    },
  });
});
afterAll(() => server.stop());
beforeEach(() => {
  broken = "nothing";
  asked = 0;
  now = 0;
});

const lists = () => cloudFrontPrefixLists(sdkConfig(server.url), () => now);

test("both families are read, every page, and kept for an hour", async () => {
  const { cloudFront } = lists();
  expect(new Set(await cloudFront())).toEqual(new Set(cloudFrontRanges.ranges));
  const calls = asked;
  now = HOUR - 1;
  await cloudFront();
  expect(asked).toBe(calls);
  now = HOUR;
  await cloudFront();
  expect(asked).toBe(2 * calls);
});

test.each(["all", "ipv6", "ipv6 empty"] as const)(
  "what was read once stays, however old, while %s fails",
  async (what) => {
    const { cloudFront } = lists();
    await cloudFront();
    broken = what;
    for (const age of [HOUR, 90 * 24 * HOUR]) {
      now = age;
      expect(new Set(await cloudFront())).toEqual(new Set(cloudFrontRanges.ranges));
    }
  },
);

test("a function that starts while EC2 fails says so, and asks again the next time", async () => {
  const { cloudFront } = lists();
  broken = "all";
  await expect(cloudFront()).rejects.toMatchObject({ name: "RetryableError" });
  broken = "nothing";
  expect(await cloudFront()).toHaveLength(cloudFrontRanges.ranges.length);
});

test("one family that could be read counts while the other never could", async () => {
  const { cloudFront } = lists();
  broken = "ipv6 empty";
  expect(new Set(await cloudFront())).toEqual(new Set(cloudFrontRanges.ranges.filter((range) => !isIpv6(range))));
});
