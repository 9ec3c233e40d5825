import {
  GetLoggingConfigurationCommand,
  GetWebACLForResourceCommand,
  WAFNonexistentItemException,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";

import { onePerRegion } from "../../block/aws/kept-clients.ts";
import { patience } from "../../block/aws/patience.ts";
import { EDGE_REGION } from "../../domain/names.ts";

/** Whose log is meant: the ARN of the edge's web ACL, and the user pool, whose web ACL belongs to the other stack. */
export interface LoggedAcls {
  readonly edgeAclArn: string;
  readonly poolArn: string;
  readonly poolRegion: string;
}

/** Whether WAF writes the log of a web ACL anywhere. */
export function webAclLogging(
  { edgeAclArn, poolArn, poolRegion }: LoggedAcls,
  clientFor = (region: string) => new WAFV2Client({ ...patience, region }),
): (acl: "edge" | "pool") => Promise<boolean> {
  const clientOf = onePerRegion(clientFor);
  return async (acl) => {
    if (acl === "edge") return await isLogged(clientOf(EDGE_REGION), edgeAclArn);
    const client = clientOf(poolRegion);
    const { WebACL } = await client.send(new GetWebACLForResourceCommand({ ResourceArn: poolArn }));
    return WebACL?.ARN !== undefined && (await isLogged(client, WebACL.ARN));
  };
}

async function isLogged(client: WAFV2Client, ResourceArn: string): Promise<boolean> {
  try {
    const { LoggingConfiguration } = await client.send(new GetLoggingConfigurationCommand({ ResourceArn }));
    return (LoggingConfiguration?.LogDestinationConfigs ?? []).length > 0;
  } catch (error) {
    // Also of a web ACL that was deleted, whose log is off as well.
    if (error instanceof WAFNonexistentItemException) return false;
    throw error;
  }
}
