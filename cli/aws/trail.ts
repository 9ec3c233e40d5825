import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";

import { trailStatus } from "../../functions/detect/aws/trail-status.ts";
import type { TrailReading } from "../doctor/sensor-checks.ts";

export async function readTrail(arn: string | null): Promise<TrailReading> {
  return { arn, status: arn === null ? null : await trailStatus(arn, (region) => new CloudTrailClient({ region })) };
}
