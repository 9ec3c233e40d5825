/** `portcullis secret fill`: puts the app clients' secrets where the edge reads them. None is ever printed. */
import { type Deployment, poolRegion } from "../functions/domain/deployment.ts";
import { EDGE_REGION, namesOf } from "../functions/domain/names.ts";
import { secretVersions } from "../functions/edge/aws/secret-versions.ts";
import { type FillState, fillClients } from "../functions/edge/fill-clients.ts";
import { readGateDocument } from "../functions/edge/gate-rotation.ts";
import { readClientSecret } from "./aws/pool-clients.ts";
import { readStackOutput } from "./aws/stack-outputs.ts";
import type { DeskFlags } from "./commands/options.ts";
import { openDesk } from "./desk.ts";
import { exitCodes } from "./exit.ts";
import { printJson, printText } from "./output.ts";
import { finishing } from "./terminal.ts";

const texts: Readonly<Record<FillState, string>> = {
  added: "added",
  there: "there already",
  "no-secret": "has no secret in the user pool: give it one, else nothing keeps callers from going round the proxy",
  "two-others": "two other secrets are there: take out the one that Cognito does not know, then try again",
};

export async function fill(flags: DeskFlags): Promise<void> {
  const { deployment } = await openDesk(flags);
  const arn = await secretArnOf(deployment);
  const found = await secretsOf(deployment);
  const store = secretVersions(arn);
  const { text, version } = await store.read();
  const { document, states } = fillClients(readGateDocument(text, arn), found);
  // A function writes gates into the same document: whoever was first makes the other one start anew.
  if (Object.values(states).includes("added")) await finishing(() => store.replace(version, JSON.stringify(document)));
  const isWhole = Object.values(states).every((state) => state === "added" || state === "there");
  if (!isWhole) process.exitCode = exitCodes.failed;
  if (flags.json) return printJson({ secret: arn, clients: states });
  await printText(
    Object.entries(states)
      .map(([id, state]) => `${id}  ${texts[state]}`)
      .join("\n"),
  );
}

async function secretArnOf(deployment: Deployment): Promise<string> {
  if (deployment.clientSecretArn) return deployment.clientSecretArn;
  return readStackOutput(EDGE_REGION, namesOf(deployment).edgeStack, "ClientSecretArn");
}

async function secretsOf(deployment: Deployment): Promise<Record<string, string | null>> {
  const { id, clientIds } = deployment.userPool;
  const region = poolRegion(deployment);
  const read = async (clientId: string) => [clientId, await readClientSecret(region, id, clientId)] as const;
  return Object.fromEntries(await Promise.all(clientIds.map(read)));
}
