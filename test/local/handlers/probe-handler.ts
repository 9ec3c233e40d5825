import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";

import { RetryableError } from "../../../functions/domain/errors.ts";

let invocations = 0;

/** Does what a test asks it to, inside the local Lambda. */
export async function handler(
  event: { do: string; key?: string },
  context: {
    awsRequestId: string;
    functionName: string;
    invokedFunctionArn: string;
    getRemainingTimeInMillis(): number;
  },
): Promise<unknown> {
  invocations += 1;
  switch (event.do) {
    case "environment":
      return { variables: { ...process.env }, invocations };
    case "time":
      return {
        now: Date.now(),
        made: new Date().toISOString(),
        given: new Date(0).toISOString(),
        is: new Date() instanceof Date,
      };
    case "context":
      return {
        arn: context.invokedFunctionArn,
        name: context.functionName,
        remaining: context.getRemainingTimeInMillis(),
      };
    case "fail":
      throw new RetryableError("try again");
    case "hang":
      return new Promise(() => {});
    case "crash":
      setTimeout(() => {
        throw new TypeError("outside of any promise");
      });
      return new Promise(() => {});
    case "log":
      console.log(JSON.stringify({ event: "ban.applied", source: "198.51.100.7/32" }));
      console.warn("two", { parts: 2 });
      console.log(
        JSON.stringify({
          _aws: {
            Timestamp: 1,
            CloudWatchMetrics: [{ Namespace: "Portcullis", Dimensions: [[]], Metrics: [{ Name: "Overflow" }] }],
          },
          Overflow: 3,
        }),
      );
      return undefined;
    case "s3": {
      const found = await new S3Client({}).send(new GetObjectCommand({ Bucket: "evidence", Key: event.key }));
      return await found.Body?.transformToString();
    }
    case "hoard": {
      const hoard: number[][] = [];
      for (;;) hoard.push(new Array(1_000_000).fill(hoard.length + 0.5));
    }
    case "large":
      return "x".repeat(7 * 1024 * 1024);
    default:
      return event;
  }
}
