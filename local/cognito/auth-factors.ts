/** What is known of a user's ways to sign in, and what the user thinks of a sign-in. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import { userOf } from "./access.ts";
import { hasProved } from "./first-factor.ts";
import { readInput, text } from "./input.ts";
import { mfaSettingsOf } from "./mfa-preference.ts";
import type { PoolOperation } from "./pool.ts";

const tokenOnly = z.object({ AccessToken: text });

export const GetUserAuthFactors: PoolOperation = (input, call) => {
  const user = userOf(readInput(tokenOnly, input).AccessToken, call);
  const { firstFactors } = call.pool.signIns.settings;
  const first = firstFactors.filter((name) => name === "PASSWORD" || hasProved(user, name));
  const ConfiguredUserAuthFactors = [...first, ...(user.totp.secret === null ? [] : ["SOFTWARE_TOKEN"])];
  return { Username: user.sub, ...mfaSettingsOf(user), ConfiguredUserAuthFactors };
};

const feedback = z.object({
  UserPoolId: text.max(55),
  Username: text.max(128),
  EventId: text.max(50),
  FeedbackToken: text,
  FeedbackValue: z.enum(["Valid", "Invalid"]),
});

/** Feedback is on events of threat protection, which this pool does not have. */
export const UpdateAuthEventFeedback: PoolOperation = (input, { pool, about }) => {
  const { UserPoolId, Username } = readInput(feedback, input);
  if (UserPoolId.split("_")[1] !== pool.name)
    throw new AwsError("ResourceNotFoundException", `User pool ${UserPoolId} does not exist.`);
  const user = pool.users.find(Username);
  if (!user) throw new AwsError("UserNotFoundException", "User does not exist.");
  about(user);
  throw new AwsError("UserPoolAddOnNotEnabledException", "User pool add-ons are not enabled.");
};
