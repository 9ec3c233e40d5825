import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { ConflictError, NotFoundError } from "../../functions/domain/errors.ts";
import { secretVersions } from "../../functions/edge/aws/secret-versions.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { createSecretsManager } from "../../local/secrets-manager.ts";
import { anAssembly } from "../local/assembly-builder.ts";
import { plainClock, sdkConfig } from "../local/builders.ts";
import { SECRET_ARN } from "./builders.ts";

let server: AwsServer;
beforeEach(async () => {
  const existing = [{ arn: SECRET_ARN, regions: [] }];
  const { service } = createSecretsManager({ assembly: anAssembly({}), clock: plainClock, existing });
  server = await startAwsServer({ clock: plainClock, services: { secretsmanager: service } });
});
afterEach(() => server.stop());

const store = (arn = SECRET_ARN) => secretVersions(arn, sdkConfig(server.url));
const person = (text: string) =>
  new SecretsManagerClient(sdkConfig(server.url)).send(
    new PutSecretValueCommand({ SecretId: SECRET_ARN, SecretString: text }),
  );

test("what replaces the version that was read is current", async () => {
  const before = Date.now() - 1_000;
  const { version, text } = await store().read();
  expect(text).toBe("{}");
  await store().replace(version, "next");
  const next = await store().read();
  expect(next.text).toBe("next");
  expect(next.version).not.toBe(version);
  expect(next.writtenAt).toBeGreaterThan(before);
});

test("who was overtaken by a person or by itself changes nothing", async () => {
  const { version } = await store().read();
  await person("by hand");
  await expect(store().replace(version, "late")).rejects.toThrow(ConflictError);
  expect((await store().read()).text).toBe("by hand");
  const again = await store().read();
  await store().replace(again.version, "first");
  await expect(store().replace(again.version, "second")).rejects.toThrow(ConflictError);
  expect((await store().read()).text).toBe("first");
});

test("a secret that is not there is named, with what to do", async () => {
  const failure = store(SECRET_ARN.replace("clients", "others")).read();
  await expect(failure).rejects.toThrow(NotFoundError);
  await expect(failure).rejects.toThrow(/portcullis\/others-Ab12Cd has no text: write a JSON object/);
});
