import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { configPage, configSchema, SCHEMA_FILE, type Schema } from "../../cli/config-reference.ts";

const root = join(import.meta.dirname, "../..");
const example = JSON.parse(readFileSync(join(root, "portcullis.config.example.json"), "utf8"));

test("the schema for editors and the page are up to date", () => {
  expect(JSON.parse(readFileSync(join(root, SCHEMA_FILE), "utf8"))).toEqual(configSchema());
  expect(readFileSync(join(root, "docs/config.md"), "utf8")).toBe(configPage());
});

test("every key says what it is for", () => {
  const silent: string[] = [];
  const visit = (path: string, schema: Schema): void => {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      if (!value.description) silent.push(`${path}${key}`);
      visit(`${path}${key}.`, value);
    }
    if (schema.items) visit(`${path}[].`, schema.items);
    if (schema.additionalProperties) visit(`${path}<name>.`, schema.additionalProperties);
  };
  visit("", configSchema());
  expect(silent).toEqual([]);
});

describe("an editor that goes by the schema", () => {
  const inEditor = z.fromJSONSchema(configSchema() as Parameters<typeof z.fromJSONSchema>[0]);

  test("takes the example, which names the schema", () => {
    expect(example.$schema).toBe(`./${SCHEMA_FILE}`);
    expect(inEditor.safeParse(example).error).toBeUndefined();
  });

  test.each([
    { case: "a key that does not exist", document: { ratelimit: 100 } },
    { case: "a value out of range", document: { RateLimit: 5 } },
    { case: "a choice that is none", document: { gate: "on" } },
    {
      case: "an operation that is none",
      document: { operationLimits: { codes: { operations: ["Signup"], limit: 100 } } },
    },
    { case: "a key that is missing", document: { userPool: { id: "eu-west-1_Ab12Cd34E" } } },
  ])("marks $case", ({ document }) => {
    expect(inEditor.safeParse({ ...example, ...document }).success).toBe(false);
  });
});
