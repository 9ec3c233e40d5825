import * as z from "zod";

/** Alarms beside those on quotas. */
export const alarmSettingsSchema = z
  .strictObject({
    smsSpendUsd: z
      .number()
      .positive()
      .default(100)
      .describe("US dollars that SMS may cost in a month, in the pool's Region, before people are told"),
  })
  .prefault({})
  .describe("Alarms beside those on quotas");
