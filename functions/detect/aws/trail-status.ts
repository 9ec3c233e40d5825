import { CloudTrailClient, GetTrailStatusCommand, TrailNotFoundException } from "@aws-sdk/client-cloudtrail";

import { onePerRegion } from "../../block/aws/kept-clients.ts";
import { patience } from "../../block/aws/patience.ts";
import type { TrailStatus } from "../sensors.ts";

const ownClient = onePerRegion((region) => new CloudTrailClient({ ...patience, region }));

/** What CloudTrail says of a trail, in whose home Region it is asked; null for one that does not exist. */
export async function trailStatus(arn: string, clientFor = ownClient): Promise<TrailStatus | null> {
  try {
    const status = await clientFor(arn.split(":")[3] ?? "").send(new GetTrailStatusCommand({ Name: arn }));
    return { isLogging: status.IsLogging === true, deliveryError: status.LatestDeliveryError || null };
  } catch (error) {
    if (error instanceof TrailNotFoundException) return null;
    throw error;
  }
}
