/**
 * `npm run config-reference`: writes the JSON Schema of the config file, by which editors complete and check it, and
 * docs/config.md, both from the schema that parses the file; `--check` fails if one of them is stale.
 */
import { pathToFileURL } from "node:url";

import * as z from "zod";

import { deploymentSchema } from "../functions/domain/deployment.ts";
import { keepGenerated } from "./generated-file.ts";

/** The part of JSON Schema that zod writes for this config. */
export interface Schema {
  readonly title?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | false;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}

export const SCHEMA_FILE = "portcullis.config.schema.json";
const PAGE_FILE = "docs/config.md";

/** What a person may write, as JSON Schema: what has a default may be left out. */
export function configSchema(): Schema {
  const schema = z.toJSONSchema(deploymentSchema, { io: "input" });
  return { title: "portcullis.config.json", ...schema } as Schema;
}

/** The page as it should be. */
export function configPage(): string {
  const schema = configSchema();
  return [
    "# The config file",
    "",
    `Made by \`npm run config-reference\` from the schema that parses it; do not edit. \`${SCHEMA_FILE}\` is the same for`,
    `editors: begin the file with \`"$schema": "./${SCHEMA_FILE}"\`.`,
    "",
    "`portcullis.config.json` is all that a deployment is told. Only `account` and `userPool` have to be said. Every problem is",
    "reported at once and in words, before anything is synthesised: mistakes in a value, values that contradict one another, and",
    "what AWS would refuse only at deployment. In a path, `[]` is each entry of a list and `<name>` a name of your own.",
    "",
    ...Object.entries(schema.properties ?? {})
      .filter(([key]) => key !== "$schema")
      .flatMap(([key, value]) => section(key, value, schema.required?.includes(key) ?? false)),
  ].join("\n");
}

function section(key: string, schema: Schema, isRequired: boolean): string[] {
  const inner = rowsBelow(key, schema);
  const table = ["| key | value | default | |", "|---|---|---|---|", ...inner];
  const facts = [kindOf(schema), isRequired ? "required" : defaultOf(schema)].filter((fact) => fact !== "");
  return [
    `## ${key}`,
    "",
    `${facts.join("; ")}.`,
    "",
    sentence(schema),
    "",
    ...(inner.length > 0 ? [...table, ""] : []),
  ];
}

/** A row for each value below `path`; lists and names of one's own are gone through. */
function rowsBelow(path: string, schema: Schema): string[] {
  const { properties, required, items, additionalProperties } = schema;
  if (items) return rowsBelow(`${path}[]`, items);
  if (additionalProperties) return rowsBelow(`${path}.<name>`, additionalProperties);
  return Object.entries(properties ?? {}).flatMap(([key, value]) => [
    row(`${path}.${key}`, value, required?.includes(key) ?? false),
    ...rowsBelow(`${path}.${key}`, value),
  ]);
}

function row(path: string, schema: Schema, isRequired: boolean): string {
  const fallback = isRequired ? "required" : defaultOf(schema).replace(/^default /, "");
  return `| \`${path}\` | ${kindOf(schema)} | ${fallback || "–"} | ${sentence(schema)} |`;
}

function kindOf(schema: Schema): string {
  if (schema.enum) return choices(schema.enum);
  if (schema.items) return listOf(schema.items);
  if (schema.properties || schema.additionalProperties) return "an object";
  if (schema.type === "boolean") return "`true` or `false`";
  if (schema.type === "string") return schema.format ? `${articleOf(schema.format)} ${schema.format}` : "a text";
  return [schema.type === "integer" ? "a whole number" : "a number", bounds(schema)].filter(Boolean).join(" ");
}

function listOf(items: Schema): string {
  if (items.properties) return "a list";
  if (items.type === "string" && !items.enum) return "a list of texts";
  return `a list of ${kindOf(items).replace(/^one of /, "")}`;
}

/** Long lists of names stand in the schema, where editors complete them. */
function choices(values: readonly unknown[]): string {
  if (values.length > 6) return `one of ${values.length} names`;
  return values.map((value) => `\`${String(value)}\``).join(", ");
}

function articleOf(word: string): string {
  return /^[aeiou]/.test(word) && word !== "uri" ? "an" : "a";
}

const UNBOUNDED = Number.MAX_SAFE_INTEGER;
function bounds({ minimum, exclusiveMinimum, maximum = UNBOUNDED }: Schema): string {
  const least = exclusiveMinimum === undefined ? minimum?.toLocaleString("en") : `more than ${exclusiveMinimum}`;
  if (least === undefined) return "";
  if (maximum >= UNBOUNDED) return exclusiveMinimum === undefined ? `from ${least}` : least;
  return exclusiveMinimum === undefined
    ? `from ${least} to ${maximum.toLocaleString("en")}`
    : `${least}, up to ${maximum.toLocaleString("en")}`;
}

/** Of what has parts, the parts tell their defaults. */
function defaultOf(schema: Schema): string {
  if (schema.default === undefined) return schema.properties ? "" : "may be left out";
  const isEmptyObject = schema.type === "object" && JSON.stringify(schema.default) === "{}";
  return isEmptyObject ? "" : `default \`${JSON.stringify(schema.default)}\``;
}

function sentence({ description = "" }: Schema): string {
  return description.endsWith(".") || description === "" ? description : `${description}.`;
}

function main(args: readonly string[]): void {
  const by = "npm run config-reference";
  keepGenerated(SCHEMA_FILE, `${JSON.stringify(configSchema(), null, 2)}\n`, { args, by });
  keepGenerated(PAGE_FILE, configPage(), { args, by });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
