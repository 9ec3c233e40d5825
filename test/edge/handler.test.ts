import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";
import { secretCopies } from "../../functions/edge/config.ts";
import { handler } from "../../functions/edge/handler.ts";
import { aRequest, REQUEST_ID, SECRET_ARN } from "./builders.ts";

const corpus = join(import.meta.dirname, "../../../shared/corpus/edge");
const events = existsSync(corpus)
  ? readdirSync(corpus).flatMap((file) =>
      [JSON.parse(readFileSync(join(corpus, file), "utf8"))].flat().map((event, index) => ({ file, index, event })),
    )
  : [];

let lines: string[];
beforeEach(() => {
  lines = [];
  jest.spyOn(console, "log").mockImplementation((line) => void lines.push(line));
});
afterEach(() => jest.restoreAllMocks());

const anEvent = (request: unknown, eventType = "origin-request") => ({
  Records: [
    {
      cf: {
        config: { distributionDomainName: "d1.cloudfront.net", distributionId: "E1", eventType, requestId: REQUEST_ID },
        request,
      },
    },
  ],
});

(events.length > 0 ? test.each(events) : test.skip.each([{ file: "corpus", index: 0, event: {} }]))(
  "$file $index passes without an error",
  async ({ event }) => {
    const { config, request, response } = event.Records[0].cf;
    const result = await handler(event);
    // Where the proxy is not at home it changes nothing; at home it refuses a GET with JSON.
    if (config.eventType !== "origin-request") expect(result).toEqual(response ?? request);
    else expect(result).toMatchObject({ status: "403", body: expect.stringContaining("ForbiddenException") });
  },
);

test.each([
  { case: "no event", event: undefined },
  { case: "no record", event: { Records: [] } },
  { case: "a request without headers", event: anEvent({ method: "POST" }) },
])("what is no event of CloudFront gets a 503 in JSON: $case", async ({ event }) => {
  expect(await handler(event)).toMatchObject({
    status: "503",
    body: expect.stringContaining("InternalErrorException"),
  });
  expect(lines).toHaveLength(1);
});

test("each decision is one line that names CloudFront's request and nothing that the viewer wrote", async () => {
  const request = aRequest({ operation: "InitiateAuth", body: { AuthFlow: "secret-flow", ClientId: "secret-client" } });
  await handler(anEvent(request));
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { event: "edge.refused", requestId: REQUEST_ID, operation: "InitiateAuth", reason: "client", status: 404 },
  ]);
});

test.each([
  { case: "its own Region", region: "eu-central-1", expected: ["eu-central-1", "eu-west-1", "us-east-1"] },
  { case: "its own part of the world", region: "eu-north-1", expected: ["eu-west-1", "eu-central-1", "us-east-1"] },
  { case: "elsewhere the original", region: "sa-east-1", expected: ["us-east-1", "eu-west-1", "eu-central-1"] },
])("the nearest copy of the secret comes first: $case", ({ region, expected }) => {
  const config = { secretArn: SECRET_ARN, secretRegions: ["us-east-1", "eu-west-1", "eu-central-1"] };
  expect(secretCopies(config, region)).toEqual(expected.map((each) => SECRET_ARN.replace("us-east-1", each)));
});

test("the bundle is under 60 kB without the AWS SDK, for every cold start loads it", () => {
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, "../../functions/edge/handler.ts")],
    bundle: true,
    minify: true,
    platform: "node",
    // The client of Secrets Manager brings both along; the calls of the edge's own use the same parts.
    external: ["@aws-sdk/*", "@smithy/*"],
    write: false,
  });
  expect(outputFiles[0]?.contents.length).toBeLessThan(60_000);
});
