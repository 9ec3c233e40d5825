/** `portcullis secret fill`: puts the app clients' secrets where the edge reads them. None is ever printed. */
import type { Command } from "commander";

import { type Deployment, poolRegion } from "../functions/domain/deployment.ts";
import { EDGE_REGION, namesOf } from "../functions/domain/names.ts";
import { type FillState, fillClients } from "../functions/edge/fill-clients.ts";
import { readGateDocument } from "../functions/edge/gate-rotation.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { exitCodes } from "./exit.ts";
import { printJson, printText } from "./output.ts";
import { finishing } from "./terminal.ts";

export function registerSecret(program: Command): void {
  const secret = program.command("secret").description("the app clients' secrets, as the edge reads them");
  deskOptions(secret.command("fill").description("copy them from the user pool into Secrets Manager")).action(fill);
}

const texts: Readonly<Record<FillState, string>> = {
  added: "added",
  there: "there already",
  "no-secret": "has no secret in the user pool: give it one, else nothing keeps callers from going round the proxy",
  "two-others": "two other secrets are there: take out the one that Cognito does not know, then try again",
};

async function fill(flags: DeskFlags): Promise<void> {
  const { openDesk } = await import("./desk.ts");
  const { secretVersions } = await import("../functions/edge/aws/secret-versions.ts");
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
  const { readStackOutput } = await import("./aws/stack-outputs.ts");
  return readStackOutput(EDGE_REGION, namesOf(deployment).edgeStack, "ClientSecretArn");
}

async function secretsOf(deployment: Deployment): Promise<Record<string, string | null>> {
  const { readClientSecret } = await import("./aws/pool-clients.ts");
  const { id, clientIds } = deployment.userPool;
  const region = poolRegion(deployment);
  const read = async (clientId: string) => [clientId, await readClientSecret(region, id, clientId)] as const;
  return Object.fromEntries(await Promise.all(clientIds.map(read)));
}
