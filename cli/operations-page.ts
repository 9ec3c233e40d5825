/** `npm run operations`: writes docs/operations.md from the edge's own table; `--check` fails if it is stale. */
import { pathToFileURL } from "node:url";

import { challengeNames, type Operation, operations, signInFlows } from "../functions/edge/operations.ts";
import { keepGenerated } from "./generated-file.ts";
import { adminFormOf, refusals } from "./operations-trials.ts";

/** The page as it should be. */
export async function operationsPage(): Promise<string> {
  const named = operations.filter(({ place }) => place !== "untouched");
  const carried = operations.filter(({ place }) => place === "untouched");
  return [
    "# Operations",
    "",
    "Made by `npm run operations` from `functions/edge/operations.ts`; do not edit.",
    "",
    "The proxy relays the calls that the Cognito user pools API takes without AWS credentials, and no others. A browser",
    "or an app calls it as it would call Cognito; the edge adds what proves that the call came through it, the app",
    "client's secret or the hash made from it. The tables of operations, flows and challenges are what the edge goes by;",
    "what it refuses was found out by asking it.",
    "",
    "## Calls that name an app client",
    "",
    `These ${named.length} carry a \`ClientId\`, which must be one of the configured ones. The hash is`,
    "`base64(HMAC-SHA256(client secret, user name + client id))`, over the user name exactly as it stands in the same",
    "request. With `clientAddress: userContext` Cognito is told the viewer's address in `UserContextData.IpAddress`,",
    "where an operation takes it. With `AdvancedSecurityEnabled` the edge sends some as an Admin operation, signed, with",
    "the address in `ContextData`.",
    "",
    "| Operation | What it does | The secret goes into | as | Viewer's address | With `AdvancedSecurityEnabled` |",
    "|---|---|---|---|---|---|",
    ...named.map(operationRow),
    "",
    "### Flows of InitiateAuth",
    "",
    "| `AuthFlow` | The secret | With `AdvancedSecurityEnabled` |",
    "|---|---|---|",
    ...(await Promise.all([...signInFlows].map(flowRow))),
    "",
    "`REFRESH_TOKEN_AUTH` (`REFRESH_TOKEN` is its other name) carries no user name, so no hash can be made for it. With `refreshStrategy: rewrite`, the",
    "default, it becomes `GetTokensFromRefreshToken`, which takes the plain secret and also works where refresh tokens",
    "rotate. With `plain-secret` it stays what it is, with the secret itself as `SECRET_HASH`.",
    "",
    "### Challenges of RespondToAuthChallenge",
    "",
    "All of them take the hash in `ChallengeResponses.SECRET_HASH`, over `ChallengeResponses.USERNAME`:",
    `${[...challengeNames].map((name) => `\`${name}\``).join(", ")}.`,
    "",
    "## Calls that carry a token",
    "",
    `These ${carried.length} name no app client, and Cognito wants no secret for them. Their bodies go on byte for byte,`,
    "unread; only the headers are the edge's.",
    "",
    "| Operation | What it does |",
    "|---|---|",
    ...carried.map(({ name, purpose }) => `| ${name} | ${purpose} |`),
    "",
    "## What a viewer cannot set",
    "",
    "`SecretHash`, `SECRET_HASH`, `ClientSecret`, `IpAddress` and `UserPoolId` are taken out of a body wherever Cognito",
    "would read them, before the edge puts its own there. Of the headers `Authorization`, `Cookie`, `X-Forwarded-For`,",
    "`CloudFront-*` and `X-Amzn-Cognito-*` do not go on; `Host`, `User-Agent`, `X-Amz-User-Agent` and `X-Amz-Target` are",
    "written anew.",
    "",
    "## What is refused",
    "",
    "Every refusal is JSON with a `__type`, as Cognito's own errors are, so SDKs throw the exception that is named. They",
    "do not repeat a 4xx; a 503 they do, and the next try may find what was missing. The reason stands in the edge's log.",
    "",
    "| Request | Status | `__type` | Reason |",
    "|---|---|---|---|",
    ...(await refusals()).map(
      ({ about, status, type, reason }) => `| ${about} | ${status} | ${type} | \`${reason}\` |`,
    ),
    "",
  ].join("\n");
}

const PLACES: Readonly<Record<Exclude<Operation["place"], "untouched">, readonly [into: string, as: string]>> = {
  hash: ["`SecretHash`", "hash over `Username`"],
  "sign-in": ["`AuthParameters.SECRET_HASH`", "hash over `AuthParameters.USERNAME`; see the flows"],
  challenge: ["`ChallengeResponses.SECRET_HASH`", "hash over `ChallengeResponses.USERNAME`"],
  secret: ["`ClientSecret`", "the secret itself"],
};

function operationRow({ name, place, takesContext, asAdmin, purpose }: Operation): string {
  const [into, as] = place === "untouched" ? ["–", "–"] : PLACES[place];
  return `| ${name} | ${purpose} | ${into} | ${as} | ${takesContext ? "yes" : "–"} | ${asAdmin ?? "the same"} |`;
}

async function flowRow([flow, kind]: readonly [string, "hash" | "refresh"]): Promise<string> {
  const secret = kind === "hash" ? "hash over `AuthParameters.USERNAME`" : "itself, in `GetTokensFromRefreshToken`";
  return `| \`${flow}\` | ${secret} | ${await adminFormOf(flow)} |`;
}

async function main(args: readonly string[]): Promise<void> {
  keepGenerated("docs/operations.md", await operationsPage(), { args, by: "npm run operations" });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));
