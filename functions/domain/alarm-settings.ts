import * as z from "zod";

/** Alarms beside those on quotas. */
export const alarmSettingsSchema = z
  .strictObject({
    prefixes: z
      .array(z.string().min(3).max(100))
      .max(10)
      .default([])
      .describe(
        "Alarms of yours whose names begin so start a run on all categories, in us-east-1 and the pool's Region",
      ),
    signUpsPerMinute: z
      .int()
      .min(1)
      .default(300)
      .describe("Calls of the category UserCreation in a minute that start a run; all pools of the account count"),
    resendsPerMinute: z
      .int()
      .min(1)
      .default(300)
      .describe(
        "Calls of the category UserResourceRead in a minute that start a run: codes sent again, and what else reads a user's devices",
      ),
    rateLimitBlocks: z
      .int()
      .min(1)
      .default(500)
      .describe("Requests that the rate rules block in five minutes before a run starts"),
    signInFailureDeviations: z
      .number()
      .min(1)
      .max(10)
      .default(4)
      .describe("Standard deviations between the failed sign-ins that CloudWatch expects and those that start a run"),
    smsSpendUsd: z
      .number()
      .positive()
      .default(100)
      .describe("US dollars that SMS may cost in a month, in the pool's Region, before people are told"),
  })
  .prefault({})
  .describe("Alarms beside those on quotas");
