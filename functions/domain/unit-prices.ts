/**
 * What AWS asks for a unit, in US dollars, before tax and without free tiers: us-east-1, first tier. One table, one date.
 * None of it was checked against a bill; whoever plans with it looks each price up.
 */
export const PRICES_OF = "2026-11-23";

interface UnitPrice {
  readonly usd: number;
  readonly unit: string;
  readonly service: string;
}

export const unitPrices = {
  webAcl: { usd: 5, unit: "web ACL and month", service: "AWS WAF" },
  wafRule: { usd: 1, unit: "rule and month", service: "AWS WAF" },
  wafRequest: { usd: 0.6e-6, unit: "request to a web ACL", service: "AWS WAF" },
  httpsRequest: { usd: 1e-6, unit: "HTTPS request", service: "Amazon CloudFront" },
  edgeRequest: { usd: 0.6e-6, unit: "invocation", service: "Lambda@Edge" },
  edgeGigabyteSecond: { usd: 5.001e-5, unit: "GB-second", service: "Lambda@Edge" },
  request: { usd: 0.2e-6, unit: "invocation", service: "AWS Lambda" },
  gigabyteSecond: { usd: 1.66667e-5, unit: "GB-second", service: "AWS Lambda" },
  deliveredLog: { usd: 0.25, unit: "GB of vended logs to S3", service: "Amazon CloudWatch" },
  firehoseLog: { usd: 0.029, unit: "GB through Firehose", service: "Amazon Data Firehose" },
  ingestedLog: { usd: 0.5, unit: "GB of logs of functions", service: "Amazon CloudWatch" },
  storage: { usd: 0.023, unit: "GB and month", service: "Amazon S3" },
  trailEvent: { usd: 2e-5, unit: "management event of a further trail", service: "AWS CloudTrail" },
  scannedTerabyte: { usd: 5, unit: "TB scanned", service: "Amazon Athena" },
  transition: { usd: 2.5e-5, unit: "state transition", service: "AWS Step Functions" },
  alarmMetric: { usd: 0.1, unit: "metric of an alarm and month", service: "Amazon CloudWatch" },
  customMetric: { usd: 0.3, unit: "custom metric and month", service: "Amazon CloudWatch" },
  secret: { usd: 0.4, unit: "secret or copy and month", service: "AWS Secrets Manager" },
} as const satisfies Record<string, UnitPrice>;
export type PriceId = keyof typeof unitPrices;
