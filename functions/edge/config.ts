/** The proxy's configuration, which comes with every request in the origin's custom headers (design §7). */
import * as z from "zod/mini";

import { edgeHeaders } from "../domain/edge-config.ts";
import { headerValue, type OriginRequest } from "./origin-request.ts";

const region = /^[a-z]{2}(-[a-z]+)+-\d$/;
const listOf = (item: RegExp) =>
  z.pipe(
    z.string(),
    z.pipe(
      z.transform((text: string) => text.split(",").map((part) => part.trim())),
      z.array(z.string().check(z.regex(item))),
    ),
  );
const clientId = /^\w+$/;
const poolId = z.string().check(z.regex(/^[a-z0-9-]+_[A-Za-z0-9]+$/));

const configSchema = z.object({
  secretArn: z.string().check(z.regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/)),
  /** Regions that hold a copy of the secret, besides the one in its ARN. */
  secretRegions: z._default(listOf(region), []),
  clientIds: listOf(clientId),
  refreshStrategy: z._default(z.enum(["rewrite", "plain-secret"]), "rewrite"),
  clientAddress: z._default(z.enum(["none", "userContext"]), "none"),
  /** The user pool whose Admin operations sign-ins go through; null: the public operations. */
  adminPool: z._default(z.nullable(poolId), null),
  /** The user pool where sign-ins that began in the other variant may end in it; null: they have to begin anew. */
  finishPool: z._default(z.nullable(poolId), null),
  /** Null: web pages of any origin may call. */
  allowedOrigins: z._default(z.nullable(listOf(/^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.:[\]-]+$/)), null),
  /** The app clients that may call without an Origin header; null: all. */
  nativeClients: z._default(
    z.nullable(
      z.union([
        z.pipe(
          z.literal("-"),
          z.transform((): string[] => []),
        ),
        listOf(clientId),
      ]),
    ),
    null,
  ),
});
type Config = z.infer<typeof configSchema>;
export type EdgeConfig = Config & {
  /** The ARNs of the secret's copies, nearest first. */
  readonly secretCopies: readonly string[];
};

const settings = Object.keys(edgeHeaders);
const names = Object.values(edgeHeaders);

/**
 * Reads the configuration; null if it is missing or broken. The last one read is kept with the texts that it was read
 * from, since it changes with a deployment only, but comes with every request.
 */
export function configReader(runsIn: string): (request: OriginRequest) => EdgeConfig | null {
  let known: { readonly texts: readonly (string | undefined)[]; readonly config: EdgeConfig | null } | undefined;
  return (request) => {
    const headers = request.origin?.custom?.customHeaders ?? {};
    const isSame = known?.texts.every((text, index) => text === headerValue(headers, names[index] ?? ""));
    if (known && isSame) return known.config;
    const texts = names.map((name) => headerValue(headers, name));
    known = { texts, config: parse(texts, runsIn) };
    return known.config;
  };
}

function parse(texts: readonly (string | undefined)[], runsIn: string): EdgeConfig | null {
  const parsed = configSchema.safeParse(Object.fromEntries(settings.map((setting, index) => [setting, texts[index]])));
  return parsed.success ? { ...parsed.data, secretCopies: secretCopies(parsed.data, runsIn) } : null;
}

/**
 * The ARNs of the secret's copies, nearest to the Region that the function runs in first: the same Region, then the
 * same part of the world (the first letters of a Region's name), then the others in the order of the config.
 */
export function secretCopies(config: Pick<Config, "secretArn" | "secretRegions">, runsIn: string): string[] {
  const parts = config.secretArn.split(":");
  const home = parts[3] ?? "";
  const regions = [home, ...config.secretRegions.filter((each) => each !== home)];
  const part = (name: string) => name.split("-", 1)[0];
  const distance = (each: string) => (each === runsIn ? 0 : part(each) === part(runsIn) ? 1 : 2);
  return regions
    .toSorted((one, other) => distance(one) - distance(other))
    .map((each) => [...parts.slice(0, 3), each, ...parts.slice(4)].join(":"));
}
