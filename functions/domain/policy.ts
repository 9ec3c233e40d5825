import * as z from "zod";

const score = z.number().min(1).max(100);

/**
 * The one document that tunes judgement and mitigation. Every value has a default (`facts`: fail2ban, CrowdSec,
 * AWS ATP and Security Automations); a document states only what differs. Detections add their thresholds under
 * `detections.<id>`.
 */
export const policySchema = z.strictObject({
  score: z
    .strictObject({
      ban: score.default(70).describe("From this score on a source is banned"),
      watch: score.default(40).describe("From this score on a source is watched"),
    })
    .prefault({})
    .describe("What a score comes to"),
  detections: z
    .record(z.string(), z.record(z.string(), z.number()))
    .default({})
    .describe("Thresholds and weights of detections that differ, by the detection's id (docs/detections.md)"),
  ban: z
    .strictObject({
      handsOffMinutes: z.number().positive().default(60).describe("A first ban that nobody approved"),
      approvedMinutes: z.number().positive().default(240).describe("A first ban that a person approved"),
      escalationFactor: z.number().min(1).default(2).describe("By how much each strike makes a ban longer"),
      capMinutes: z
        .number()
        .positive()
        .default(7 * 24 * 60)
        .describe("The longest ban"),
      jitter: z
        .number()
        .min(0)
        .max(0.5)
        .default(0.1)
        .describe(
          "Share of the duration by which it is made longer or shorter at random, so nobody can wait it out exactly",
        ),
      strikeDecayDays: z
        .number()
        .positive()
        .default(14)
        .describe("After so many days without a ban strikes are forgotten"),
    })
    .prefault({})
    .describe("How long bans last"),
  guards: z
    .strictObject({
      hourlyBans: z
        .number()
        .int()
        .positive()
        .default(500)
        .describe("Automatic bans per category and rolling hour; the rest is filed, lowest scores first to go"),
      lockout: z
        .strictObject({
          share: z.number().min(0).max(1).default(0.01).describe("At most this share of last week's established users"),
          leastUsers: z.number().int().min(0).default(10).describe("But no fewer than so many"),
        })
        .prefault({})
        .describe("Established users whom the bans of an hour may lock out"),
      faultBreaker: z
        .strictObject({
          leastSources: z
            .number()
            .int()
            .positive()
            .default(10)
            .describe("Of at least so many sources with users who get in"),
          share: z.number().min(0).max(1).default(0.3).describe("This share in trouble at once"),
        })
        .prefault({})
        .describe("What is taken for a fault of ours instead of an attack"),
    })
    .prefault({})
    .describe("What keeps bans from doing harm"),
});
export type Policy = z.infer<typeof policySchema>;

export const defaultPolicy: Policy = policySchema.parse({});
