import { createHash } from "node:crypto";

import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { gateHashes } from "../../functions/detect/aws/client-gates.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { AwsError, jsonService } from "../../local/aws-wire.ts";
import { plainClock, sdkConfig } from "../local/builders.ts";

const gates = ["AAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBB"];
const document = { gates, tagKey: "a key of sixteen characters", clients: { c1: { secrets: ["classified"] } } };
const arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:portcullis/clients";

let server: AwsServer;
let client: SecretsManagerClient;
let answer: () => unknown;

beforeAll(async () => {
  const secretsmanager = jsonService({ version: "1.1", operations: { GetSecretValue: () => answer() } });
  server = await startAwsServer({ clock: plainClock, services: { secretsmanager } });
  client = new SecretsManagerClient(sdkConfig(server.url));
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

const hashes = () => gateHashes(arn, client);

test("every gate of the secret is known by its hash, and by that only", async () => {
  answer = () => ({ SecretString: JSON.stringify(document) });
  expect(await hashes()).toEqual(gates.map((gate) => createHash("sha256").update(gate).digest("hex")));
});

test.each([
  { case: "no JSON", SecretString: "classified" },
  { case: "a gate of another form", SecretString: JSON.stringify({ ...document, gates: ["classified"] }) },
  { case: "no gates", SecretString: JSON.stringify({ ...document, gates: [] }) },
])("a document with $case is refused without a word of what stands in it", async ({ SecretString }) => {
  answer = () => ({ SecretString });
  const refusal = await hashes().catch((error: unknown) => error);
  expect(refusal).toMatchObject({ name: "InvalidInputError", message: expect.stringContaining(arn) });
  expect(String(refusal)).not.toContain("classified");
});

test("a secret without text has to be written first", async () => {
  answer = () => ({});
  await expect(hashes()).rejects.toMatchObject({ name: "NotFoundError" });
});

test.each([
  { case: "throttling passes", status: 400, code: "ThrottlingException", name: "RetryableError" },
  { case: "a fault of AWS's passes", status: 500, code: "InternalServiceError", name: "RetryableError" },
  { case: "a missing permission does not", status: 400, code: "AccessDeniedException", name: "AccessDeniedException" },
])("$case", async ({ status, code, name }) => {
  answer = () => {
    throw new AwsError(code, "no", { status });
  };
  await expect(hashes()).rejects.toMatchObject({ name });
});
