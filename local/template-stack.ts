import * as z from "zod";

import { harmlessCustomResources, type Identity, type Kind, kinds } from "./template-ids.ts";
import { evaluateCondition, NO_VALUE, resolve, TemplateError, type TemplateScope } from "./template-intrinsics.ts";

export interface Resource {
  readonly stack: string;
  readonly region: string;
  readonly account: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** The explicit name, or the derived one where the template leaves it to CloudFormation. */
  readonly name: string;
  /** Empty where AWS knows no ARN for the type. */
  readonly arn: string;
}

export interface StackOutput {
  readonly stack: string;
  readonly key: string;
  readonly value: string;
  readonly description: string | undefined;
  readonly exportName: string | undefined;
}

export interface ReadOptions {
  /** Where the local world serves the function URL of a resource. */
  readonly functionUrl?: (logicalId: string) => string;
}

const members = z.record(z.string(), z.unknown());
export const templateSchema = z.strictObject({
  Description: z.string().optional(),
  AWSTemplateFormatVersion: z.string().optional(),
  Metadata: members.optional(),
  Parameters: z.record(z.string(), z.looseObject({ Type: z.string(), Default: z.unknown() })).default({}),
  Mappings: z.record(z.string(), z.record(z.string(), members)).default({}),
  Conditions: members.default({}),
  /** Assertions on the deployment's environment; CDK writes one on the bootstrap version. */
  Rules: members.optional(),
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: members.default({}),
      Metadata: members.default({}),
      Condition: z.string().optional(),
      DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
    }),
  ),
  Outputs: z
    .record(
      z.string(),
      z.looseObject({
        Value: z.unknown(),
        Description: z.string().optional(),
        Condition: z.string().optional(),
        Export: z.object({ Name: z.unknown() }).optional(),
      }),
    )
    .default({}),
});
type Template = z.infer<typeof templateSchema>;

export interface Stack {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly template: Template;
}

/** Resolves one stack. Identifiers are made on demand, since a name may itself be built from other names. */
export class StackReader {
  readonly #stack: Stack;
  readonly #options: ReadOptions;
  readonly #inProgress = new Set<string>();

  constructor(stack: Stack, options: ReadOptions) {
    this.#stack = stack;
    this.#options = options;
  }

  resources(): Resource[] {
    const { Resources } = this.#stack.template;
    return Object.keys(Resources)
      .filter((logicalId) => this.#exists(logicalId))
      .map((logicalId) => this.#resource(logicalId));
  }

  outputs(): StackOutput[] {
    return Object.entries(this.#stack.template.Outputs)
      .filter(([, output]) => output.Condition === undefined || this.#condition(output.Condition, "Outputs"))
      .map(([key, output]) => {
        const path = `${this.#stack.name}/Outputs.${key}`;
        return {
          stack: this.#stack.name,
          key,
          value: String(resolve(output.Value, path, this.#scope)),
          description: output.Description,
          exportName: output.Export && String(resolve(output.Export.Name, path, this.#scope)),
        };
      });
  }

  #resource(logicalId: string): Resource {
    const { Type, Properties, Metadata, DependsOn = [] } = this.#raw(logicalId);
    const { name: stack, region, account } = this.#stack;
    const path = `${stack}/${logicalId}`;
    refuseCustomResource(Type, path);
    for (const needed of [DependsOn].flat())
      if (!this.#stack.template.Resources[needed])
        throw new TemplateError(path, `DependsOn names ${needed}, which does not exist`);
    const properties = z.record(z.string(), z.unknown()).parse(resolve(Properties, path, this.#scope));
    const identity = this.#identity(logicalId);
    const kind = kindOf(Type);
    const physicalId = kind?.ref(identity) ?? identity.name;
    const arn = kind?.arn?.(identity) ?? "";
    return {
      stack,
      region,
      account,
      logicalId,
      type: Type,
      properties,
      metadata: Metadata,
      physicalId,
      name: identity.name,
      arn,
    };
  }

  readonly #scope: TemplateScope = {
    ref: (name, path) => this.#ref(name, path),
    attribute: (logicalId, name, path) => this.#attribute(logicalId, name, path),
    condition: (name, path) => this.#condition(name, path),
    mapping: (map, first, second, path) => {
      const found = this.#stack.template.Mappings[map]?.[first]?.[second];
      if (found === undefined) throw new TemplateError(path, `there is no mapping ${map}.${first}.${second}`);
      return found;
    },
  };

  #ref(name: string, path: string): unknown {
    if (name.startsWith("AWS::")) return this.#pseudoParameter(name, path);
    const parameter = this.#stack.template.Parameters[name];
    if (parameter) return defaultOf(name, parameter, path);
    return this.#knownKind(name, path).ref(this.#identity(name));
  }

  #attribute(logicalId: string, name: string, path: string): string {
    const kind = this.#knownKind(logicalId, path);
    const attribute = kind.attributes && Object.hasOwn(kind.attributes, name) ? kind.attributes[name] : undefined;
    if (!attribute)
      throw new TemplateError(path, `${this.#raw(logicalId).Type} ${logicalId} has no attribute ${name} here`);
    return attribute(this.#identity(logicalId));
  }

  #knownKind(logicalId: string, path: string): Kind {
    const resource = this.#stack.template.Resources[logicalId];
    if (!resource) throw new TemplateError(path, `refers to ${logicalId}, which does not exist`);
    if (!this.#exists(logicalId)) throw new TemplateError(path, `refers to ${logicalId}, whose condition is false`);
    const kind = kindOf(resource.Type);
    if (!kind)
      throw new TemplateError(path, `refers to ${logicalId}: the local world knows no identifiers of ${resource.Type}`);
    return kind;
  }

  #identity(logicalId: string): Identity {
    const { name: stack, region, account } = this.#stack;
    const kind = kindOf(this.#raw(logicalId).Type);
    const property = (name: string) => this.#textProperty(logicalId, name);
    const explicit = kind?.named === undefined ? undefined : property(kind.named);
    const functionUrl =
      this.#options.functionUrl?.(logicalId) ?? `https://${logicalId.toLowerCase()}.lambda-url.${region}.on.aws/`;
    // Bucket names know no capitals; nothing else minds.
    return {
      stack,
      region,
      account,
      logicalId,
      name: explicit ?? `${stack}-${logicalId}`.toLowerCase(),
      property,
      functionUrl,
    };
  }

  #textProperty(logicalId: string, name: string): string | undefined {
    const path = `${this.#stack.name}/${logicalId}.${name}`;
    const value = this.#raw(logicalId).Properties[name];
    if (value === undefined) return undefined;
    if (this.#inProgress.has(path)) throw new TemplateError(path, "depends on itself");
    this.#inProgress.add(path);
    try {
      const resolved = resolve(value, path, this.#scope);
      return typeof resolved === "string" ? resolved : undefined;
    } finally {
      this.#inProgress.delete(path);
    }
  }

  #pseudoParameter(name: string, path: string): unknown {
    const { name: stack, region, account } = this.#stack;
    const values: Readonly<Record<string, unknown>> = {
      "AWS::AccountId": account,
      "AWS::NoValue": NO_VALUE,
      "AWS::Partition": "aws",
      "AWS::Region": region,
      "AWS::StackId": `arn:aws:cloudformation:${region}:${account}:stack/${stack}/00000000-0000-4000-8000-000000000000`,
      "AWS::StackName": stack,
      "AWS::URLSuffix": "amazonaws.com",
    };
    if (!Object.hasOwn(values, name)) throw new TemplateError(path, `the pseudo parameter ${name} is not supported`);
    return values[name];
  }

  #condition(name: string, path: string): boolean {
    const condition = this.#stack.template.Conditions[name];
    if (condition === undefined) throw new TemplateError(path, `there is no condition ${name}`);
    return evaluateCondition(condition, `${this.#stack.name}/Conditions.${name}`, this.#scope);
  }

  #exists(logicalId: string): boolean {
    const { Condition } = this.#raw(logicalId);
    return Condition === undefined || this.#condition(Condition, `${this.#stack.name}/${logicalId}`);
  }

  #raw(logicalId: string): Template["Resources"][string] {
    const resource = this.#stack.template.Resources[logicalId];
    if (!resource) throw new TemplateError(this.#stack.name, `there is no resource ${logicalId}`);
    return resource;
  }
}

function kindOf(type: string): Kind | undefined {
  return Object.hasOwn(kinds, type) ? kinds[type] : undefined;
}

function refuseCustomResource(type: string, path: string): void {
  const custom = type.startsWith("Custom::") || type === "AWS::CloudFormation::CustomResource";
  if (custom && !harmlessCustomResources.has(type))
    throw new TemplateError(path, `the local world cannot run the custom resource ${type}`);
}

function defaultOf(name: string, parameter: Template["Parameters"][string], path: string): unknown {
  if (parameter.Default === undefined) throw new TemplateError(path, `the parameter ${name} has no default`);
  return parameter.Type === "Number" ? Number(parameter.Default) : parameter.Default;
}
