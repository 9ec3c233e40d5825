import type { Properties } from "../builders.ts";
import type { TemplateRule } from "./synthesis.ts";

/**
 * Trap 7: AWS's own sample projects hours 01 to 12, and Hive folders look alike. Here each hour of the day has its folder,
 * and the folders are the ones that AWS writes.
 */
export const partitionsCoverTheDay: TemplateRule = ({ assembly }) =>
  assembly.ofType("AWS::Glue::Table").flatMap(({ properties }) => {
    const { Name, Parameters } = (properties as Properties).TableInput;
    const keys = Object.keys(Parameters);
    return [
      ...keys
        .filter((key) => /^projection\.\w*hour\w*\.(type|range)$/.test(key))
        .filter((key) => !["date", "00,23", "0,23"].includes(Parameters[key]))
        .map((key) => `${Name}: ${key} is ${Parameters[key]}`),
      ...keys
        .filter((key) => key.endsWith(".format") && /[hK]/.test(Parameters[key]))
        .map((key) => `${Name}: ${key} counts twelve hours`),
      ...keys
        .filter((key) => key.endsWith(".range") && Parameters[key.replace(".range", ".type")] === "date")
        .flatMap((key) => rangeProblem(Name, Parameters[key])),
      ...(Parameters["storage.location.template"].includes("aws-account-id=")
        ? [`${Name}: CloudFront and CloudTrail write no Hive folders`]
        : []),
    ];
  });

/** Steps are counted from the beginning of the range: from a moving one they name folders that nobody fills. */
function rangeProblem(table: string, range: string): string[] {
  return /^\d{4}[^,]*,NOW$/.test(range) ? [] : [`${table}: the partitions begin at ${range}`];
}

/** Trap 19: a delivery refers to its source, whose API exists in us-east-1 only, and waits for source and bucket policy. */
export const deliveriesAreInOrder: TemplateRule = ({ assembly, raw }) => [
  ...assembly
    .ofType("AWS::Logs::DeliverySource")
    .filter(
      ({ region, properties }) =>
        String(properties["ResourceArn"]).startsWith("arn:aws:cloudfront:") && region !== "us-east-1",
    )
    .map(({ name }) => `${name}: the source is not in us-east-1`),
  ...Object.values(raw).flatMap((resources) =>
    Object.entries(resources).flatMap(([id, { Type, Properties: properties, DependsOn = [] }]) => {
      const needs = DependsOn.map((needed) => resources[needed]?.Type);
      if (Type === "AWS::Logs::Delivery")
        return properties.DeliverySourceName?.Ref ? [] : [`${id}: names its source instead of referring to it`];
      if (Type !== "AWS::Logs::DeliveryDestination") return [];
      return ["AWS::Logs::DeliverySource", "AWS::S3::BucketPolicy"]
        .filter((type) => !needs.includes(type))
        .map((type) => `${id}: does not wait for ${type}`);
    }),
  ),
];

/** WAF logs go where AWS WAF takes them, without the headers that hold credentials. */
export const wafLogsAreRedacted: TemplateRule = ({ assembly }) =>
  assembly.ofType("AWS::WAFv2::LoggingConfiguration").flatMap(({ logicalId, properties }) => {
    const { LogDestinationConfigs, RedactedFields = [] } = properties as Properties;
    const redacted = RedactedFields.map((field: Properties) => field.SingleHeader?.Name?.toLowerCase());
    return [
      ...["authorization", "cookie"]
        .filter((header) => !redacted.includes(header))
        .map((header) => `${logicalId}: ${header} is logged`),
      ...LogDestinationConfigs.filter((arn: string) => !/[:/]aws-waf-logs-/.test(arn)).map(
        (arn: string) => `${logicalId}: AWS WAF does not log to ${arn}`,
      ),
    ];
  });
