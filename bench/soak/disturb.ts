/** What goes wrong in a soak, each done to the world as people, releases and AWS do it; every beginning gives its end. */
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  DeleteLoggingConfigurationCommand,
  GetLoggingConfigurationCommand,
  PutLoggingConfigurationCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";

import { wafIpSets } from "../../functions/block/aws/wafv2-ip-sets.ts";
import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import type { World } from "../../local/world.ts";
import type { Apps } from "./app.ts";
import { clientConfig } from "./client-config.ts";
import type { DisturbanceKind } from "./draft.ts";

export interface Scene {
  readonly world: World;
  readonly apps: Apps;
  /** Whom a person bans by writing into one of the machine's sets; a stranger to everybody else. */
  readonly byHand: string;
}

type End = () => void | Promise<void>;

const WRONG_CLIENT = "9wrong23456789abcdefghijkl";
const LEAP = 3 * MINUTE;
const UNREADABLE = 20 * SECOND;

export const disturbances: Readonly<Record<DisturbanceKind, (scene: Scene) => End | Promise<End>>> = {
  release({ apps }) {
    apps.forgetTokens();
    return () => {};
  },
  async redeployment({ world }) {
    await world.redeploy();
    return () => {};
  },
  "lost-logs": ({ world }) => loseLogs(world),
  "waf-outage": ({ world }) => breakWaf(world),
  "clock-leap"({ world }) {
    world.clock.leap(LEAP);
    return () => {};
  },
  async "manual-edit"({ world, byHand }) {
    await editSet(world, byHand);
    return () => {};
  },
  "wrong-secret": ({ world }) => rotateWrongly(world),
  "trigger-throws"({ world: { cognito } }) {
    const names = ["PreSignUp", "PreTokenGeneration"] as const;
    for (const name of names)
      cognito.triggers.set(name, () => {
        throw new Error("timed out");
      });
    return () => names.forEach((name) => void cognito.triggers.delete(name));
  },
  "wrong-client"({ apps }) {
    apps.setClient(WRONG_CLIENT);
    return () => apps.setClient(null);
  },
};

/** WAF takes no writes, and for a while it cannot even be read. Functions wait for it at wall speed, so both are short. */
function breakWaf({ outages, clock }: World): End {
  const error = { code: "WAFInternalErrorException", status: 500 };
  const endAll = outages.begin({ service: "wafv2", error });
  clock.at(clock.now() + UNREADABLE, endAll);
  return outages.begin({ service: "wafv2", operations: ["UpdateIPSet"], error });
}

/** The trail's bucket refuses, and somebody has switched the edge web ACL's log off. */
async function loseLogs(world: World): Promise<End> {
  const { assembly, trails } = world;
  const [trail] = assembly.ofType("AWS::CloudTrail::Trail");
  const acl = assembly.ofType("AWS::WAFv2::WebACL").find(({ name }) => name === world.names.edgeAcl);
  if (!trail || !acl) throw new Error("the templates hold no trail or no web ACL");
  const client = new WAFV2Client(clientConfig(world));
  const ResourceArn = acl.arn;
  const { LoggingConfiguration } = await client.send(new GetLoggingConfigurationCommand({ ResourceArn }));
  trails.setDeliveryError(trail.arn, "AccessDenied");
  await client.send(new DeleteLoggingConfigurationCommand({ ResourceArn }));
  return async () => {
    trails.setDeliveryError(trail.arn, null);
    await client.send(new PutLoggingConfigurationCommand({ LoggingConfiguration }));
    client.destroy();
  };
}

/** Somebody writes an address into one of the machine's sets in the console. */
async function editSet(world: World, address: string): Promise<void> {
  const { ipSets } = world.names;
  const [name = ""] = ipSets.edge.auto.v4;
  const store = wafIpSets(ipSets, undefined, clientConfig(world));
  const set = await store.read("edge", name);
  if (!set) throw new Error(`there is no set ${name}`);
  await store.write("edge", name, { ...set, addresses: [...set.addresses, `${address}/32`] });
}

/** An operator's slip: the document holds a secret that Cognito does not know, until somebody puts the right one back. */
async function rotateWrongly(world: World): Promise<End> {
  const SecretId = world.names.clientSecret;
  const client = new SecretsManagerClient(clientConfig(world));
  const { SecretString = "{}" } = await client.send(new GetSecretValueCommand({ SecretId }));
  const document: { clients: Record<string, unknown> } = JSON.parse(SecretString);
  const clients = Object.fromEntries(
    Object.keys(document.clients).map((id) => [id, { secrets: ["r0tated1nError".repeat(3)] }]),
  );
  await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify({ ...document, clients }) }));
  return async () => {
    await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
    client.destroy();
  };
}
