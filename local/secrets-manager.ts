import { randomInt, randomUUID } from "node:crypto";

import * as z from "zod";

import { AwsError, jsonService } from "./aws-wire.ts";
import type { AwsService, Clock } from "./ports.ts";
import type { Assembly, Resource } from "./template.ts";

export interface SecretsManager {
  readonly service: AwsService;
  /** Writes a new current version, as an operator does by PutSecretValue. */
  put(secretId: string, text: string): void;
}

const generateSchema = z.looseObject({
  SecretStringTemplate: z.string().optional(),
  GenerateStringKey: z.string().optional(),
  PasswordLength: z.number().default(32),
  ExcludePunctuation: z.boolean().default(false),
});

interface Version {
  readonly id: string;
  readonly text: string;
  readonly createdAt: number;
  stages: readonly string[];
}

interface Secret {
  readonly arn: string;
  readonly name: string;
  /** The Region of its stack, then those of its replicas. */
  readonly regions: readonly string[];
  readonly versions: Version[];
}

const getInput = z.object({
  SecretId: z.string(),
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});
const putInput = z.object({
  SecretId: z.string(),
  SecretString: z.string(),
  ClientRequestToken: z.string().optional(),
  VersionStages: z.array(z.string().min(1)).min(1).max(20).default(["AWSCURRENT"]),
});
const stageInput = z.object({
  SecretId: z.string(),
  VersionStage: z.string(),
  MoveToVersionId: z.string().optional(),
  RemoveFromVersionId: z.string().optional(),
});

/** AWS takes 64 KB in a secret. */
const LARGEST_SECRET = 65_536;

export interface SecretsManagerOptions {
  readonly assembly: Assembly;
  readonly clock: Pick<Clock, "now">;
  /** Secrets that are in no template: they were there before the deployment, with `{}` as their text. */
  readonly existing?: readonly { readonly arn: string; readonly regions: readonly string[] }[];
}

export function createSecretsManager({ assembly, clock, existing = [] }: SecretsManagerOptions): SecretsManager {
  const secrets = [
    ...assembly.ofType("AWS::SecretsManager::Secret").map((resource) => secretOf(resource, clock.now())),
    ...existing.map(({ arn, regions }) => importedSecret(arn, regions, clock.now())),
  ];

  /** By name, full ARN, or ARN without the six characters that AWS adds. */
  function find(id: string, region?: string): Secret {
    const [service = "", place = ""] = id.startsWith("arn:") ? [id.split(":")[2], id.split(":")[3]] : [];
    const found = secrets.find(({ arn, name, regions }) => {
      const here = region === undefined || regions.includes(region);
      const home = arn.split(":")[3] ?? "";
      const asHome = service && regions.includes(place) ? id.replace(`:${place}:`, `:${home}:`) : id;
      return here && (name === id || arn === asHome || arn.replace(/-[^-]{6}$/, "") === asHome);
    });
    if (!found) throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    return found;
  }

  function write(secret: Secret, text: string, { id = randomUUID() as string, stages = ["AWSCURRENT"] } = {}): Version {
    if (Buffer.byteLength(text) > LARGEST_SECRET)
      throw new AwsError("ValidationException", "The secret is larger than 65536 bytes");
    const same = secret.versions.find((version) => version.id === id);
    // "If the version's SecretString is the same, the request is ignored" (ClientRequestToken): an SDK's second try.
    if (same?.text === text) return same;
    if (same) throw new AwsError("ResourceExistsException", "A version with this token holds something else.");
    const version: Version = { id, text, createdAt: clock.now(), stages: [] };
    secret.versions.push(version);
    for (const stage of stages) moveStage(secret, stage, version);
    return version;
  }

  const describe = (secret: Secret, version: Version) => ({
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    VersionStages: version.stages,
  });

  return {
    put: (secretId, text) => void write(find(secretId), text),
    service: jsonService({
      version: "1.1",
      operations: {
        GetSecretValue: (input, { region }) => {
          const { SecretId, VersionId, VersionStage = "AWSCURRENT" } = parsed(getInput, input);
          const secret = find(SecretId, region);
          const version = secret.versions.find(({ id, stages }) =>
            VersionId ? id === VersionId : stages.includes(VersionStage),
          );
          if (!version)
            throw new AwsError(
              "ResourceNotFoundException",
              `Secrets Manager can't find the specified secret value for staging label: ${VersionStage}`,
            );
          return { ...describe(secret, version), SecretString: version.text, CreatedDate: version.createdAt / 1000 };
        },
        PutSecretValue: (input, { region }) => {
          const { SecretId, SecretString, ClientRequestToken, VersionStages } = parsed(putInput, input);
          const secret = find(SecretId, region);
          const id = ClientRequestToken === undefined ? {} : { id: ClientRequestToken };
          return describe(secret, write(secret, SecretString, { ...id, stages: VersionStages }));
        },
        UpdateSecretVersionStage: (input, { region }) => {
          const { SecretId, ...move } = parsed(stageInput, input);
          const secret = find(SecretId, region);
          updateStage(secret, move);
          return { ARN: secret.arn, Name: secret.name };
        },
        DescribeSecret: (input, { region }) => {
          const { arn, name, versions } = find(parsed(getInput, input).SecretId, region);
          const staged = versions.filter(({ stages }) => stages.length > 0);
          return {
            ARN: arn,
            Name: name,
            VersionIdsToStages: Object.fromEntries(staged.map(({ id, stages }) => [id, stages])),
          };
        },
      },
      // A copy has an ARN of its own, that of its Region.
      resources: (_operation, input, { region }) => {
        const { arn } = find(parsed(getInput.pick({ SecretId: true }), input).SecretId, region);
        return [arn.replace(/^((?:[^:]+:){3})[^:]+/, `$1${region}`)];
      },
    }),
  };
}

/** A label is on one version at a time; the version that AWSCURRENT leaves becomes AWSPREVIOUS. */
function moveStage({ versions }: Pick<Secret, "versions">, stage: string, to: Version): void {
  const from = versions.find(({ stages }) => stages.includes(stage));
  if (from === to) return;
  if (from) from.stages = from.stages.filter((each) => each !== stage);
  to.stages = [...to.stages, stage];
  if (stage === "AWSCURRENT" && from) moveStage({ versions }, "AWSPREVIOUS", from);
}

/**
 * "If the label is attached and you either do not specify this parameter, or the version ID does not match, then the
 * operation fails" (RemoveFromVersionId). With which error is not documented.
 */
function updateStage(secret: Secret, move: Omit<z.infer<typeof stageInput>, "SecretId">): void {
  const { VersionStage, MoveToVersionId, RemoveFromVersionId } = move;
  const holder = secret.versions.find(({ stages }) => stages.includes(VersionStage));
  if (holder?.id !== RemoveFromVersionId)
    throw new AwsError(
      "InvalidParameterException",
      `The parameter RemoveFromVersionId is not the version that ${VersionStage} is attached to.`,
    );
  const to = secret.versions.find(({ id }) => id === MoveToVersionId);
  if (!to) throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret version.");
  moveStage(secret, VersionStage, to);
}

function parsed<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (!result.success) throw new AwsError("ValidationException", z.prettifyError(result.error));
  return result.data;
}

function secretOf(resource: Resource, now: number): Secret {
  const replicas = z
    .array(z.looseObject({ Region: z.string() }))
    .default([])
    .parse(resource.properties.ReplicaRegions);
  const version = { id: randomUUID(), text: firstValue(resource), createdAt: now, stages: ["AWSCURRENT"] };
  return {
    arn: resource.arn,
    name: resource.name,
    regions: [resource.region, ...replicas.map(({ Region }) => Region)],
    versions: [version],
  };
}

function importedSecret(arn: string, regions: readonly string[], now: number): Secret {
  const [, , , region = "", , , name = ""] = arn.split(":");
  const version = { id: randomUUID(), text: "{}", createdAt: now, stages: ["AWSCURRENT"] };
  return { arn, name: name.replace(/-\w{6}$/, ""), regions: [region, ...regions], versions: [version] };
}

/** What CloudFormation makes of `GenerateSecretString`: a password, alone or as one more member of a JSON template. */
function firstValue({ properties }: Resource): string {
  if (typeof properties.SecretString === "string") return properties.SecretString;
  const { SecretStringTemplate, GenerateStringKey, PasswordLength, ExcludePunctuation } = generateSchema.parse(
    properties.GenerateSecretString ?? {},
  );
  const generated = password(PasswordLength, ExcludePunctuation);
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return generated;
  const template = z.record(z.string(), z.unknown()).parse(JSON.parse(SecretStringTemplate));
  return JSON.stringify({ ...template, [GenerateStringKey]: generated });
}

function password(length: number, excludePunctuation: boolean): string {
  const letters = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${excludePunctuation ? "" : "!#%&*+,-./:;?@_~"}`;
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}
