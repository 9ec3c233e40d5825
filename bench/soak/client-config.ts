import { EDGE_REGION } from "../../functions/domain/names.ts";
import type { World } from "../../local/world.ts";

/** What every SDK client of a soak needs to reach the world as its operator. */
export function clientConfig({ awsEndpoint }: Pick<World, "awsEndpoint">, region = EDGE_REGION) {
  const credentials = { accessKeyId: "operator", secretAccessKey: "local" };
  return { endpoint: awsEndpoint, region, credentials };
}
