/** A temporary password is replaced with one of the user's own, together with attributes that the pool requires. */
import { AwsError } from "../aws-wire.ts";
import { type ChallengeAnswer, proved, resume, type Texts } from "./challenge-answer.ts";
import { ATTRIBUTE_PREFIX } from "./challenges.ts";
import { required } from "./input.ts";
import { afterPassword } from "./next-step.ts";
import { checkPassword } from "./passwords.ts";
import type { PoolCall } from "./pool.ts";
import type { User } from "./users.ts";

export function answerNewPassword(answer: ChallengeAnswer, call: PoolCall): Record<string, unknown> {
  const open = resume(answer, ["NEW_PASSWORD_REQUIRED"], call);
  const signIn = proved(open.signIn);
  const password = required(answer.answers, "NEW_PASSWORD");
  checkPassword(password);
  const attributes = attributesIn(answer.answers);
  checkAttributes(signIn.user, attributes, call.pool.signIns.settings.requiredAttributes);
  call.pool.signIns.challenges.use(open);
  Object.assign(signIn.user.attributes, attributes);
  call.pool.users.setPassword(signIn.user, password);
  return afterPassword(signIn, call);
}

function attributesIn(answers: Texts): Texts {
  const named = Object.entries(answers).filter(([name]) => name.startsWith(ATTRIBUTE_PREFIX));
  return Object.fromEntries(named.map(([name, value]) => [name.slice(ATTRIBUTE_PREFIX.length), value]));
}

/** Attributes with a value cannot be changed on this way, not even to the same. */
function checkAttributes({ attributes: existing }: User, given: Texts, requiredNames: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (existing[name]) throw new AwsError("NotAuthorizedException", `Cannot modify an already provided ${name}`);
    if (name.endsWith("_verified"))
      throw new AwsError("NotAuthorizedException", `Cannot modify the non-mutable attribute ${name}`);
  }
  const missing = requiredNames.filter((name) => !existing[name] && !given[name]);
  if (missing.length === 0) return;
  const reasons = missing.map((name) => `${name}: The attribute is required`);
  throw new AwsError("InvalidParameterException", `Attributes did not conform to the schema: ${reasons.join(" ")}`);
}
