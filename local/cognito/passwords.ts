import { AwsError } from "../aws-wire.ts";

/** Throws unless the password is as long as the pool's policy wants, which asks for nothing else. */
export function checkPassword(password: string): void {
  if (password.length > 256)
    throw new AwsError("InvalidParameterException", "Password: Member must have length less than or equal to 256");
  if (password.length < 8)
    throw new AwsError("InvalidPasswordException", "Password did not conform with policy: Password not long enough");
}
