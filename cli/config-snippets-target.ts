/** Where a snippet points its client: checked before it is written into anybody's source code. */
import { type Deployment, poolRegion } from "../functions/domain/deployment.ts";
import { UsageError } from "./exit.ts";

export interface SnippetTarget {
  /** What URL-taking clients are given, without a trailing slash. */
  readonly url: string;
  /** What Android and Swift are given; null where the URL says more than a host name (the local world's port). */
  readonly host: string | null;
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
}

export interface Choice {
  readonly domain: string;
  readonly client: string | undefined;
  readonly local: boolean;
}

export function readTarget(deployment: Deployment, { domain, client, local }: Choice): SnippetTarget {
  return {
    ...readDomain(domain, local),
    region: poolRegion(deployment),
    userPoolId: deployment.userPool.id,
    clientId: chooseClient(deployment.userPool.clientIds, client),
  };
}

const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const HOST_NAME = new RegExp(`^(?=.{1,253}$)(${LABEL}\\.)+[a-z]${LABEL}$`);

/** A host name; with `--local` also the URL of a server on this machine. */
function readDomain(domain: string, local: boolean): Pick<SnippetTarget, "url" | "host"> {
  const host = domain.toLowerCase();
  if (HOST_NAME.test(host)) return { url: `https://${host}`, host };
  const url = local ? loopbackUrl(domain) : null;
  if (url !== null) return { url, host: null };
  const expected = local
    ? "a host name or a URL like http://127.0.0.1:8080"
    : "a host name like d111111abcdef8.cloudfront.net";
  throw new UsageError(`--domain ${JSON.stringify(domain)} is not ${expected}.`);
}

function loopbackUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { origin, hostname, protocol, href } = new URL(text);
  const isBare = href === `${origin}/`;
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return isBare && isLoopback && /^https?:$/.test(protocol) ? origin : null;
}

function chooseClient(known: readonly string[], asked: string | undefined): string {
  const [first, ...more] = known;
  if (asked === undefined && first !== undefined && more.length === 0) return first;
  if (asked !== undefined && known.includes(asked)) return asked;
  const problem = asked === undefined ? "The config names several app clients" : "That app client is not in the config";
  throw new UsageError(`${problem}; choose one with --client: ${known.join(", ")}.`);
}
