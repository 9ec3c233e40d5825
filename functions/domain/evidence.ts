import * as z from "zod";

/** How a call came: through our distribution, or straight to the regional Cognito endpoint. */
export const pathSchema = z.enum(["proxied", "direct"]);
export type Path = z.infer<typeof pathSchema>;

/** What a call proved (design §4); only `failure` counts against a source and only `success` for it. */
export const outcomes = ["success", "step", "accepted", "failure", "fault", "throttled", "blocked", "unknown"] as const;
export type Outcome = (typeof outcomes)[number];

/** The logs that evidence is read from. */
export const logKinds = ["waf", "cloudfront", "cloudtrail"] as const;
export type LogKind = (typeof logKinds)[number];
