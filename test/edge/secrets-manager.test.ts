import { setTimeout as wait } from "node:timers/promises";

import { secretsManager } from "../../functions/edge/aws/secrets.ts";
import { AwsError, type AwsServer, jsonService, startAwsServer } from "../../local/aws-server.ts";
import { plainClock, sdkConfig } from "../local/builders.ts";
import { aSecretDocument, SECRET_ARN } from "./builders.ts";

let server: AwsServer;
/** What Secrets Manager does, call by call; the last one stands for all further calls. */
let behaviour: (() => unknown)[];
let asked: { id: unknown; region: string }[];

beforeAll(async () => {
  const operations = {
    GetSecretValue: (input: unknown, { region }: { region: string }) => {
      asked.push({ id: (input as { SecretId: string }).SecretId, region });
      return (behaviour.length > 1 ? behaviour.shift() : behaviour[0])?.();
    },
  };
  const services = { secretsmanager: jsonService({ version: "1.1", operations }) };
  server = await startAwsServer({ clock: plainClock, services });
});
afterAll(() => server.stop());
beforeEach(() => {
  asked = [];
});

const read = () => secretsManager(sdkConfig(server.url)).read([SECRET_ARN]);
const gives = (text: string) => () => ({ SecretString: text });
const document = aSecretDocument();
const fails = () => {
  throw new AwsError("InternalServiceError", "try again", { status: 500 });
};

test("reads the document in the Region of its ARN", async () => {
  behaviour = [gives(JSON.stringify(document))];
  expect(await read()).toEqual(document);
  expect(asked).toEqual([{ id: SECRET_ARN, region: "us-east-1" }]);
});

test("tries once more after a failure", async () => {
  behaviour = [fails, gives(JSON.stringify(document))];
  expect(await read()).toEqual(document);
});

test("gives up after the second failure, with the reason as its cause", async () => {
  behaviour = [fails];
  await expect(read()).rejects.toMatchObject({ name: "RetryableError", cause: { name: "InternalServiceError" } });
  expect(asked).toHaveLength(2);
});

test("waits two seconds at most, then tries once more", async () => {
  behaviour = [() => wait(3_000, undefined, { ref: false }), gives(JSON.stringify(document))];
  const from = performance.now();
  expect(await read()).toEqual(document);
  expect(performance.now() - from).toBeGreaterThan(1_900);
  expect(performance.now() - from).toBeLessThan(2_900);
});

test.each([
  { case: "no JSON", text: "hunter2 is the secret" },
  { case: "another form", text: JSON.stringify({ secret: "hunter2" }) },
  { case: "a gate of another length", text: JSON.stringify({ ...document, gates: ["hunter2"] }) },
  { case: "a client without secrets", text: JSON.stringify({ ...document, clients: { hunter2: { secrets: [] } } }) },
  { case: "nothing", text: "" },
])("refuses $case without quoting it", async ({ text }) => {
  behaviour = [gives(text)];
  const error = await read().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "InvalidInputError" });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("hunter2");
});
