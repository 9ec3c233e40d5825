/**
 * The functions that a distribution runs: what Lambda@Edge refuses of them ("Restrictions on Lambda@Edge" in the
 * CloudFront guide), of which CDK notices little. What would fail the deployment stops the boot.
 */
import * as z from "zod";

import { NotSupportedError } from "../../functions/domain/errors.ts";
import type { Assembly, Resource } from "../template.ts";

const distributionSchema = z.object({
  DistributionConfig: z.object({
    DefaultCacheBehavior: z.object({
      LambdaFunctionAssociations: z.array(z.object({ LambdaFunctionARN: z.string() })).default([]),
    }),
  }),
});

const text = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const trustSchema = z.object({
  AssumeRolePolicyDocument: z.object({
    Statement: z.array(z.object({ Effect: z.string(), Principal: z.object({ Service: text.default([]) }) })),
  }),
});

const functionSchema = z.object({
  Role: z.string(),
  Runtime: z.string().optional(),
  Timeout: z.number().default(3),
  Architectures: z.array(z.string()).default(["x86_64"]),
  TracingConfig: z.object({ Mode: z.string() }).default({ Mode: "PassThrough" }),
  EphemeralStorage: z.object({ Size: z.number() }).default({ Size: 512 }),
  RuntimeManagementConfig: z.object({ UpdateRuntimeOn: z.string() }).default({ UpdateRuntimeOn: "Auto" }),
  Layers: z.array(z.unknown()).default([]),
});

const LONGEST_SECONDS = 30;
const UNSUPPORTED = {
  Environment: "environment variables",
  VpcConfig: "a VPC",
  DeadLetterConfig: "a dead letter queue",
  ReservedConcurrentExecutions: "reserved concurrency",
  ImageConfig: "a container image",
} as const;

/** The functions of the assembly that run at the edge. Throws if one of them could not. */
export function edgeFunctions(assembly: Assembly): ReadonlySet<Resource> {
  const found = new Set<Resource>();
  for (const distribution of assembly.ofType("AWS::CloudFront::Distribution"))
    for (const associated of associatedWith(distribution)) {
      const resource = assembly
        .ofType("AWS::Lambda::Function")
        .find(({ arn }) => associated === arn || associated.startsWith(`${arn}:`));
      if (!resource) throw refusal(distribution, [`there is no function ${associated}`]);
      const problems = [...versionProblems(associated), ...problemsOf(resource, assembly)];
      if (problems.length > 0) throw refusal(resource, problems);
      found.add(resource);
    }
  return found;
}

function associatedWith({ properties }: Resource): string[] {
  const parsed = distributionSchema.safeParse(properties);
  // What else is wrong with a distribution, its own reader tells.
  if (!parsed.success) return [];
  return parsed.data.DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations.map(
    ({ LambdaFunctionARN }) => LambdaFunctionARN,
  );
}

function refusal({ name }: Resource, problems: readonly string[]): NotSupportedError {
  return new NotSupportedError(`${name}: a Lambda@Edge function ${problems.join("; ")}`);
}

function versionProblems(functionArn: string): string[] {
  const [, , , region, , , , version = "$LATEST"] = functionArn.split(":");
  return [
    ...(region === "us-east-1" ? [] : [`must be in us-east-1, not in ${region}`]),
    ...(/^\d+$/.test(version) ? [] : [`needs a numbered version, not ${version}`]),
  ];
}

function problemsOf(resource: Resource, assembly: Assembly): string[] {
  const { Role, Runtime, Timeout, Architectures, TracingConfig, EphemeralStorage, RuntimeManagementConfig, Layers } =
    functionSchema.parse(resource.properties);
  const present = Object.entries(UNSUPPORTED).filter(([property]) => resource.properties[property] !== undefined);
  const rules: readonly [broken: boolean, problem: string][] = [
    ...present.map(([, what]): [boolean, string] => [true, `cannot have ${what}`]),
    [Layers.length > 0, "cannot have layers"],
    [Timeout > LONGEST_SECONDS, `may take ${LONGEST_SECONDS} seconds at most, not ${Timeout}`],
    [Architectures.join() !== "x86_64", `runs on x86_64 alone, not on ${Architectures.join()}`],
    [Runtime !== undefined && !/^(nodejs|python)/.test(Runtime), `cannot run on ${Runtime}`],
    [TracingConfig.Mode === "Active", "cannot be traced"],
    [EphemeralStorage.Size > 512, "cannot have more than 512 MB of storage"],
    [RuntimeManagementConfig.UpdateRuntimeOn !== "Auto", "must have its runtime updated automatically"],
    ...trustProblems(Role, assembly),
  ];
  return rules.filter(([broken]) => broken).map(([, problem]) => problem);
}

function trustProblems(roleArn: string, assembly: Assembly): [boolean, string][] {
  const role = assembly.ofType("AWS::IAM::Role").find(({ arn }) => arn === roleArn);
  const statements = role ? trustSchema.parse(role.properties).AssumeRolePolicyDocument.Statement : [];
  const trusted = statements.filter(({ Effect }) => Effect === "Allow").flatMap(({ Principal }) => Principal.Service);
  return ["lambda.amazonaws.com", "edgelambda.amazonaws.com"].map((service) => [
    !trusted.includes(service),
    `needs a role that ${service} may assume`,
  ]);
}
