import * as z from "zod";

/** How a call came: through our distribution, or straight to the regional Cognito endpoint. */
export const pathSchema = z.enum(["proxied", "direct"]);
export type Path = z.infer<typeof pathSchema>;

/** The logs that evidence is read from. */
export const logKinds = ["waf", "cloudfront", "cloudtrail"] as const;
export type LogKind = (typeof logKinds)[number];
