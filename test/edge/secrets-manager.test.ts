import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";

import { secretsManager } from "../../functions/edge/aws/secrets.ts";
import { AwsError, type AwsServer, jsonService, startAwsServer } from "../../local/aws-server.ts";
import type { AwsService } from "../../local/ports.ts";
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
  const service = jsonService({ version: "1.1", operations });
  const secretsmanager: AwsService = {
    call: async (call) => {
      const answer = await service.call(call);
      return answer.body === '"rubbish"' ? { ...answer, body: '{"SecretString": hunter2' } : answer;
    },
  };
  server = await startAwsServer({ clock: plainClock, services: { secretsmanager } });
});
afterAll(() => server.stop());
beforeEach(() => {
  asked = [];
});

const read = () => secretsManager(sdkConfig(server.url)).read([SECRET_ARN]);
const gives = (text: string) => () => ({ SecretString: text });
const rubbish = () => "rubbish";
const slow = () => wait(3_000, undefined, { ref: false });
const document = aSecretDocument();
/** The same secret as its copy in another Region has it. */
const REPLICA = SECRET_ARN.replace("us-east-1", "eu-central-1");
const readAll = () => secretsManager(sdkConfig(server.url)).read([REPLICA, SECRET_ARN]);
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
  behaviour = [slow, gives(JSON.stringify(document))];
  const from = performance.now();
  expect(await read()).toEqual(document);
  expect(performance.now() - from).toBeGreaterThan(1_900);
  expect(performance.now() - from).toBeLessThan(2_900);
});

test.each([
  { case: "a failure", behave: fails },
  { case: "no JSON", behave: gives("hunter2") },
  { case: "another form", behave: gives(JSON.stringify({ ...document, gates: [] })) },
  { case: "a binary secret", behave: () => ({ SecretBinary: "aHVudGVyMg==" }) },
  { case: "an empty secret", behave: gives("") },
  { case: "no text at all", behave: () => ({ SecretString: { hunter2: 1 } }) },
  { case: "an answer that is no JSON", behave: rubbish },
])("$case at the nearest copy: the next one serves", async ({ behave }) => {
  behaviour = [behave, gives(JSON.stringify(document))];
  expect(await readAll()).toEqual(document);
  expect(asked).toEqual([
    { id: REPLICA, region: "eu-central-1" },
    { id: SECRET_ARN, region: "us-east-1" },
  ]);
});

test("the nearest copy alone is asked if it answers", async () => {
  behaviour = [gives(JSON.stringify(document))];
  await readAll();
  expect(asked).toEqual([{ id: REPLICA, region: "eu-central-1" }]);
});

test("a slow nearest copy costs two seconds", async () => {
  behaviour = [slow, gives(JSON.stringify(document))];
  const from = performance.now();
  expect(await readAll()).toEqual(document);
  expect(performance.now() - from).toBeGreaterThan(1_900);
  expect(performance.now() - from).toBeLessThan(2_900);
});

test("what the last attempt met is the reason that is given", async () => {
  behaviour = [gives("hunter2"), fails];
  await expect(readAll()).rejects.toMatchObject({ name: "RetryableError", cause: { name: "InternalServiceError" } });
  behaviour = [fails, gives("hunter2")];
  await expect(readAll()).rejects.toMatchObject({ name: "InvalidInputError" });
});

test("a third copy is not asked: the viewer waits", async () => {
  behaviour = [fails];
  const copies = [REPLICA, SECRET_ARN, SECRET_ARN.replace("us-east-1", "ap-southeast-2")];
  await expect(secretsManager(sdkConfig(server.url)).read(copies)).rejects.toMatchObject({ name: "RetryableError" });
  expect(asked).toHaveLength(2);
});

test("an answer cut short is not quoted, not even in the error's hidden fields", async () => {
  behaviour = [rubbish];
  const error: unknown = await read().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "RetryableError", cause: { name: "SyntaxError" } });
  expect(inspect(error, { showHidden: true, depth: 10 })).not.toContain("hunter2");
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
  expect(inspect(error, { showHidden: true, depth: 10 })).not.toContain("hunter2");
});
