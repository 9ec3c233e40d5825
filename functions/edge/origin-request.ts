/** The origin-request event as the proxy reads it, and the configuration that comes with it. */
import * as z from "zod/mini";

import { edgeHeaders } from "../domain/edge-config.ts";

export type Headers = Record<string, { key?: string | undefined; value: string }[]>;

// Checked in place: copying every header of every request would cost more than the hash.
const headersSchema = z.custom<Headers>(
  (headers) => typeof headers === "object" && headers !== null && Object.values(headers).every(isHeader),
);

function isHeader(values: unknown): boolean {
  return Array.isArray(values) && values.every((entry: unknown) => typeof headerText(entry) === "string");
}

function headerText(entry: unknown): unknown {
  return typeof entry === "object" && entry !== null && "value" in entry ? entry.value : undefined;
}

/** Loose, since what the proxy does not read must come back to CloudFront unchanged. */
const requestSchema = z.looseObject({
  clientIp: z.string(),
  method: z.string(),
  uri: z.string(),
  querystring: z.string(),
  headers: headersSchema,
  body: z.optional(z.looseObject({ data: z.string(), encoding: z.string(), inputTruncated: z.boolean() })),
  origin: z.optional(
    z.looseObject({
      custom: z.optional(z.looseObject({ customHeaders: headersSchema, domainName: z.string() })),
    }),
  ),
});
export type OriginRequest = z.infer<typeof requestSchema>;

const eventSchema = z.object({
  Records: z.array(
    z.object({
      cf: z.object({
        config: z.object({ requestId: z.string(), eventType: z.string() }),
        request: z.optional(z.unknown()),
        response: z.optional(z.unknown()),
      }),
    }),
  ),
});

export type EdgeEvent =
  | { readonly kind: "origin-request"; readonly requestId: string; readonly request: OriginRequest }
  /** Attached to another event than the proxy is made for: it must not stand in the way. */
  | { readonly kind: "other"; readonly unchanged: unknown };

/** Throws (zod) on what is no CloudFront event at all. */
export function readEvent(event: unknown): EdgeEvent {
  const cf = eventSchema.parse(event).Records[0]?.cf;
  if (!cf) throw new TypeError("The event holds no record");
  if (cf.config.eventType !== "origin-request") return { kind: "other", unchanged: cf.response ?? cf.request };
  return { kind: "origin-request", requestId: cf.config.requestId, request: requestSchema.parse(cf.request) };
}

const region = /^[a-z]{2}(-[a-z]+)+-\d$/;
const listOf = (item: RegExp) =>
  z.pipe(
    z.string(),
    z.pipe(
      z.transform((text: string) => text.split(",").map((part) => part.trim())),
      z.array(z.string().check(z.regex(item))),
    ),
  );

const configSchema = z.object({
  secretArn: z.string().check(z.regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/)),
  /** Regions that hold a copy of the secret, besides the one in its ARN. */
  secretRegions: z._default(listOf(region), []),
  clientIds: listOf(/^\w+$/),
  refreshStrategy: z._default(z.enum(["rewrite", "plain-secret"]), "rewrite"),
});
export type EdgeConfig = z.infer<typeof configSchema>;

/** The configuration from the origin's custom headers; null if it is missing or broken. */
export function readConfig(request: OriginRequest): EdgeConfig | null {
  const headers = request.origin?.custom?.customHeaders ?? {};
  const parsed = configSchema.safeParse({
    secretArn: headerValue(headers, edgeHeaders.secretArn),
    secretRegions: headerValue(headers, edgeHeaders.secretRegions),
    clientIds: headerValue(headers, edgeHeaders.clientIds),
    refreshStrategy: headerValue(headers, edgeHeaders.refreshStrategy),
  });
  return parsed.success ? parsed.data : null;
}

/**
 * The ARNs of the secret's copies, nearest to the Region that the function runs in first: the same Region, then the
 * same part of the world (the first letters of a Region's name), then the others in the order of the config.
 */
export function secretCopies(
  { secretArn, secretRegions }: Pick<EdgeConfig, "secretArn" | "secretRegions">,
  region: string,
): string[] {
  const parts = secretArn.split(":");
  const home = parts[3] ?? "";
  const regions = [home, ...secretRegions.filter((each) => each !== home)];
  const distance = (each: string) => (each === region ? 0 : each.split("-", 1)[0] === region.split("-", 1)[0] ? 1 : 2);
  return regions
    .toSorted((one, other) => distance(one) - distance(other))
    .map((each) => [...parts.slice(0, 3), each, ...parts.slice(4)].join(":"));
}

/** The value of a header that stands once; undefined if it is absent or repeated, for a choice would be a guess. */
export function headerValue(headers: Headers, name: string): string | undefined {
  const values = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return values?.length === 1 ? values[0]?.value : undefined;
}
