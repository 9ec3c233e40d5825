import * as z from "zod";

/**
 * The one document that tunes judgement and mitigation. Every value has a default (`facts`: fail2ban, CrowdSec,
 * AWS ATP and Security Automations); a document states only what differs. Detections add their thresholds under
 * `detections.<id>`.
 */
export const policySchema = z.strictObject({
  score: z
    .strictObject({ ban: z.number().min(1).max(100).default(70), watch: z.number().min(1).max(100).default(40) })
    .prefault({}),
  detections: z.record(z.string(), z.record(z.string(), z.number())).default({}),
  ban: z
    .strictObject({
      handsOffMinutes: z.number().positive().default(60),
      approvedMinutes: z.number().positive().default(240),
      escalationFactor: z.number().min(1).default(2),
      capMinutes: z
        .number()
        .positive()
        .default(7 * 24 * 60),
      /** Share of the duration by which it is made longer or shorter at random, so nobody can wait it out exactly. */
      jitter: z.number().min(0).max(0.5).default(0.1),
      strikeDecayDays: z.number().positive().default(14),
    })
    .prefault({}),
  guards: z
    .strictObject({
      /** Automatic bans per category and rolling hour; the rest is filed, lowest scores first to go. */
      hourlyBans: z.number().int().positive().default(500),
      /** Established users behind the bans of an hour: at most this share of last week's, but no fewer than `leastUsers`. */
      lockout: z
        .strictObject({
          share: z.number().min(0).max(1).default(0.01),
          leastUsers: z.number().int().min(0).default(10),
        })
        .prefault({}),
      /** Of at least so many sources with users who get in, this share in trouble at once means a fault of ours. */
      faultBreaker: z
        .strictObject({
          leastSources: z.number().int().positive().default(10),
          share: z.number().min(0).max(1).default(0.3),
        })
        .prefault({}),
    })
    .prefault({}),
});
export type Policy = z.infer<typeof policySchema>;

export const defaultPolicy: Policy = policySchema.parse({});
