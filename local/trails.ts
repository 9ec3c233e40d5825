/** CloudTrail's trails, those of the templates and one that was there before: whether each records, and how it delivers. */
import * as z from "zod";

import { SECOND } from "../functions/domain/instant.ts";
import { AwsError, jsonService } from "./aws-wire.ts";
import type { AwsCall, AwsService, Clock } from "./ports.ts";
import type { Assembly } from "./template.ts";

export interface Trails {
  readonly service: AwsService;
  isRecording(arn: string): boolean;
  /** Told before a file is written; false while the trail is stopped or its bucket refuses. */
  mayDeliver(arn: string): boolean;
  /** S3's error to every delivery from now on, as after a change of the bucket's policy; null: it takes files again. */
  setDeliveryError(arn: string, error: string | null): void;
}

interface Trail {
  isLogging: boolean;
  error: string | null;
  /** Of the last file, and of the last attempt. */
  deliveredAt: number | null;
  attemptedAt: number | null;
}

const input = z.object({ Name: z.string() });
const properties = z.looseObject({ IsLogging: z.boolean() });

export function createTrails(options: {
  readonly assembly: Assembly;
  readonly clock: Pick<Clock, "now">;
  readonly existing?: string | undefined;
}): Trails {
  const { assembly, clock, existing } = options;
  const trails = new Map(
    assembly
      .ofType("AWS::CloudTrail::Trail")
      .map((resource): [string, Trail] => [resource.arn, aTrail(properties.parse(resource.properties).IsLogging)]),
  );
  if (existing !== undefined) trails.set(existing, aTrail(true));

  const trailOf = (asked: unknown, { region }: AwsCall): Trail => {
    const { Name } = input.parse(asked);
    const found = [...trails].find(([arn]) => arn === arnOf(Name, arn) && arn.split(":")[3] === region);
    if (!found) throw new AwsError("TrailNotFoundException", `Unknown trail: ${Name} for the user`);
    return found[1];
  };
  const switching = (isLogging: boolean) => (asked: unknown, call: AwsCall) => {
    trailOf(asked, call).isLogging = isLogging;
    return {};
  };

  return {
    isRecording: (arn) => trails.get(arn)?.isLogging === true,
    mayDeliver(arn) {
      const trail = trails.get(arn);
      if (!trail?.isLogging) return false;
      trail.attemptedAt = clock.now();
      if (trail.error !== null) return false;
      trail.deliveredAt = clock.now();
      return true;
    },
    setDeliveryError(arn, error) {
      const trail = trails.get(arn);
      if (trail) trail.error = error;
    },
    service: jsonService({
      version: "1.1",
      operations: {
        GetTrailStatus: (asked, call) => describe(trailOf(asked, call)),
        StartLogging: switching(true),
        StopLogging: switching(false),
      },
      resources: (_operation, asked) => [...trails.keys()].filter((arn) => arn === arnOf(input.parse(asked).Name, arn)),
    }),
  };
}

function aTrail(isLogging: boolean): Trail {
  return { isLogging, error: null, deliveredAt: null, attemptedAt: null };
}

/** A trail is asked for by its ARN or, in its home Region, by its name. */
function arnOf(name: string, arn: string): string {
  return name.startsWith("arn:") ? name : arn.replace(/\/[^/]*$/, `/${name}`);
}

function describe({ isLogging, error, deliveredAt, attemptedAt }: Trail) {
  return {
    IsLogging: isLogging,
    ...(deliveredAt !== null && { LatestDeliveryTime: deliveredAt / SECOND }),
    ...(attemptedAt !== null && { LatestDeliveryAttemptTime: new Date(attemptedAt).toISOString() }),
    ...(error !== null && { LatestDeliveryError: error }),
  };
}
