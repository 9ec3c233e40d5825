import fc from "fast-check";

import { parseDeployment } from "../../functions/domain/deployment.ts";
import { secretDocumentSchema } from "../../functions/domain/environment.ts";
import { secretDocument } from "../../local/world/secret-document.ts";
import { seededBytes } from "../../local/world/seeded-bytes.ts";
import { scenarioConfig } from "../scenarios/builders.ts";

const deployment = parseDeployment(scenarioConfig, "test");

test("the same seed gives the same bytes, however they are drawn", () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 10 }), (seed, counts) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      const draw = seededBytes(seed, "a");
      expect(Buffer.concat(counts.map((count) => draw(count)))).toEqual(seededBytes(seed, "a")(total));
    }),
  );
});

test("another seed or another purpose gives other bytes", () => {
  const drawn = [seededBytes(1, "a"), seededBytes(2, "a"), seededBytes(1, "b")].map((draw) => draw(16).toString("hex"));
  expect(new Set(drawn).size).toBe(3);
});

test("what is drawn can be changed without changing what is drawn next", () => {
  const draw = seededBytes(1, "a");
  draw(16).fill(0);
  expect(draw(16)).toEqual(seededBytes(1, "a")(32).subarray(16));
});

test("the secret document is one that the edge accepts, with a secret for each client", () => {
  const document = secretDocument(deployment, seededBytes(1, "secrets"));
  expect(secretDocumentSchema.parse(document)).toEqual(document);
  expect(Object.keys(document.clients)).toEqual(deployment.userPool.clientIds);
  expect(new Set(document.gates).size).toBe(2);
});

test("with two secrets a client the rest of the document is the same, and so is the first", () => {
  const [one, two] = ([1, 2] as const).map((count) => secretDocument(deployment, seededBytes(1, "secrets"), count));
  const [id = ""] = deployment.userPool.clientIds;
  expect(secretDocumentSchema.parse(two)).toEqual(two);
  expect(two?.clients[id]?.secrets).toEqual([one?.clients[id]?.secrets[0], expect.stringMatching(/^[\w+]{24,64}$/)]);
  expect({ ...two, clients: {} }).toEqual({ ...one, clients: {} });
});
