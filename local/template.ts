/**
 * Reads a synthesised cloud assembly: every resource of every stack with its intrinsic functions resolved, as the
 * stand-ins boot from it. The reader is strict, for what it would skip here CloudFormation would refuse on AWS.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { NotFoundError } from "../functions/domain/errors.ts";
import { TemplateError } from "./template-intrinsics.ts";
import {
  type ReadOptions,
  type Resource,
  type Stack,
  type StackOutput,
  StackReader,
  templateSchema,
} from "./template-stack.ts";

export { TemplateError } from "./template-intrinsics.ts";

export type { Resource } from "./template-stack.ts";

export interface Assembly {
  readonly resources: readonly Resource[];
  readonly stacks: readonly { readonly name: string; readonly region: string; readonly account: string }[];
  readonly outputs: readonly StackOutput[];
  ofType(type: string): readonly Resource[];
  /** Throws `NotFoundError` if the stack has no such resource. */
  find(stack: string, logicalId: string): Resource;
}

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.string().optional(),
      properties: z.looseObject({ templateFile: z.string().optional(), stackName: z.string().optional() }).optional(),
    }),
  ),
});

/** Reads the cloud assembly in `folder`. Throws `TemplateError` with stack, resource and path of what cannot be read. */
export function readAssembly(folder: string, options: ReadOptions = {}): Assembly {
  const manifest = manifestSchema.parse(readJson(join(folder, "manifest.json")));
  const stacks = Object.entries(manifest.artifacts)
    .filter(([, artifact]) => artifact.type === "aws:cloudformation:stack")
    .map(([id, artifact]) => readStack(folder, id, artifact));
  const readers = stacks.map((stack) => new StackReader(stack, options));
  const resources = readers.flatMap((reader) => reader.resources());
  return {
    resources,
    stacks: stacks.map(({ name, region, account }) => ({ name, region, account })),
    outputs: readers.flatMap((reader) => reader.outputs()),
    ofType: (type) => resources.filter((resource) => resource.type === type),
    find(stack, logicalId) {
      const found = resources.find((resource) => resource.stack === stack && resource.logicalId === logicalId);
      if (!found) throw new NotFoundError(`Stack ${stack} has no resource ${logicalId}`);
      return found;
    },
  };
}

type Artifact = z.infer<typeof manifestSchema>["artifacts"][string];

function readStack(folder: string, id: string, artifact: Artifact): Stack {
  const [, account = "", region = ""] = /^aws:\/\/(\d{12})\/([a-z0-9-]+)$/.exec(artifact.environment ?? "") ?? [];
  if (!account) throw new TemplateError(id, `the stack names no account and Region (${artifact.environment})`);
  const parsed = templateSchema.safeParse(readJson(join(folder, artifact.properties?.templateFile ?? "")));
  if (!parsed.success) throw new TemplateError(id, z.prettifyError(parsed.error));
  return { name: artifact.properties?.stackName ?? id, region, account, template: parsed.data };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
