/** What the rules look at: the templates as they were written, and as the local world reads them. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Assembly, readAssembly } from "../../../local/template.ts";
import { aFolder, type Properties } from "../builders.ts";

export interface RawResource {
  Type: string;
  Properties: Properties;
  DeletionPolicy?: string;
  DependsOn?: string[];
}
export type RawResources = Record<string, RawResource>;

export interface Synthesis {
  readonly assembly: Assembly;
  /** Resources of each stack, by stack name, as they stand in its template. */
  readonly raw: Readonly<Record<string, RawResources>>;
}

/** A rule that every deployment keeps. It names each place where it is broken, and is silent otherwise. */
export type TemplateRule = (synthesis: Synthesis) => string[];

export function readSynthesis(folder: string): Synthesis {
  const assembly = readAssembly(folder);
  const raw = assembly.stacks.map(({ name }) => [name, readTemplate(folder, name).Resources]);
  return { assembly, raw: Object.fromEntries(raw) };
}

/** The same synthesis with a mistake in one stack. */
export function withMistake(folder: string, stack: string, plant: (resources: RawResources) => void): Synthesis {
  const copy = aFolder();
  cpSync(folder, copy, { recursive: true });
  const template = readTemplate(copy, stack);
  const before = JSON.stringify(template);
  plant(template.Resources);
  const after = JSON.stringify(template);
  if (before === after) throw new Error("the mistake changed nothing");
  writeFileSync(join(copy, `${stack}.template.json`), after);
  return readSynthesis(copy);
}

function readTemplate(folder: string, stack: string): { Resources: RawResources } {
  return JSON.parse(readFileSync(join(folder, `${stack}.template.json`), "utf8"));
}
