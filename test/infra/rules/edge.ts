import type { Properties } from "../builders.ts";
import type { TemplateRule } from "./synthesis.ts";

/** "Restrictions on Lambda@Edge": what CDK lets pass and CloudFront refuses when the distribution is made. */
const FORBIDDEN = [
  "Environment",
  "DeadLetterConfig",
  "TracingConfig",
  "VpcConfig",
  "Layers",
  "ReservedConcurrentExecutions",
  "FileSystemConfigs",
  "ImageConfig",
  "SnapStart",
];

/** Trap 20: the edge function is plain, x86_64, in us-east-1, of 30 seconds at most, and its role may run at the edge. */
export const edgeFunctionIsAllowedAtTheEdge: TemplateRule = ({ assembly }) =>
  assembly.ofType("AWS::CloudFront::Distribution").flatMap(({ properties }) => {
    const { LambdaFunctionAssociations } = (properties as Properties).DistributionConfig.DefaultCacheBehavior;
    return LambdaFunctionAssociations.flatMap(({ LambdaFunctionARN, IncludeBody }: Properties) => {
      const version = assembly
        .ofType("AWS::Lambda::Version")
        .find(({ physicalId }) => physicalId === LambdaFunctionARN);
      const target = (version?.properties as Properties)?.FunctionName;
      const edge = assembly.ofType("AWS::Lambda::Function").find(({ name, arn }) => target === name || target === arn);
      if (!edge) return ["the association names no numbered version of a function"];
      return [...(IncludeBody ? [] : ["the body is not included"]), ...problemsOf(edge, assembly)];
    });
  });

function problemsOf(
  edge: { region: string; properties: Properties },
  assembly: Parameters<TemplateRule>[0]["assembly"],
): string[] {
  const { properties } = edge;
  const role = assembly.ofType("AWS::IAM::Role").find(({ arn }) => arn === properties.Role);
  const trust = JSON.stringify((role?.properties as Properties)?.AssumeRolePolicyDocument);
  return [
    ...FORBIDDEN.filter((key) => key in properties).map((key) => `${key} is not allowed at the edge`),
    ...(JSON.stringify(properties.Architectures) === '["x86_64"]' ? [] : ["only x86_64 runs at the edge"]),
    ...(properties.Timeout <= 30 ? [] : [`a time-out of ${properties.Timeout} seconds is too long`]),
    ...(edge.region === "us-east-1" ? [] : [`the function is in ${edge.region}`]),
    ...(trust.includes("edgelambda.amazonaws.com") ? [] : ["edgelambda.amazonaws.com may not take the role"]),
  ];
}
