import { operationOf } from "../../functions/edge/operations.ts";
import { AwsError } from "../aws-wire.ts";
import { ChangePassword, DeleteUser, GetUser, GlobalSignOut } from "./account.ts";
import {
  DeleteUserAttributes,
  GetUserAttributeVerificationCode,
  UpdateUserAttributes,
  VerifyUserAttribute,
} from "./attributes.ts";
import { GetUserAuthFactors, UpdateAuthEventFeedback } from "./auth-factors.ts";
import { ConfirmDevice, ForgetDevice, GetDevice, ListDevices, UpdateDeviceStatus } from "./devices.ts";
import { SetUserMFAPreference, SetUserSettings } from "./mfa-preference.ts";
import type { PoolOperation } from "./pool.ts";
import { GetTokensFromRefreshToken, RevokeToken } from "./refresh.ts";
import { InitiateAuth, RespondToAuthChallenge } from "./sign-in.ts";
import { ConfirmForgotPassword, ConfirmSignUp, ForgotPassword, ResendConfirmationCode, SignUp } from "./sign-up.ts";
import { AssociateSoftwareToken, VerifySoftwareToken } from "./software-token.ts";
import { ListUserSessions, RevokeUserSession } from "./user-sessions.ts";

const implemented: ReadonlyMap<string, PoolOperation> = new Map(
  Object.entries({
    InitiateAuth,
    RespondToAuthChallenge,
    GetTokensFromRefreshToken,
    RevokeToken,
    SignUp,
    ConfirmSignUp,
    ResendConfirmationCode,
    ForgotPassword,
    ConfirmForgotPassword,
    GetUser,
    GlobalSignOut,
    DeleteUser,
    ChangePassword,
    UpdateUserAttributes,
    DeleteUserAttributes,
    GetUserAttributeVerificationCode,
    VerifyUserAttribute,
    GetUserAuthFactors,
    UpdateAuthEventFeedback,
    ListUserSessions,
    RevokeUserSession,
    AssociateSoftwareToken,
    VerifySoftwareToken,
    SetUserMFAPreference,
    SetUserSettings,
    ConfirmDevice,
    ForgetDevice,
    GetDevice,
    ListDevices,
    UpdateDeviceStatus,
  }),
);

/** Throws for an operation that is not public; one that is public but missing here is refused when it runs. */
export function poolOperation(operation: string): PoolOperation {
  if (!operationOf(operation)) {
    if (!/^[A-Z][A-Za-z]+$/.test(operation)) throw new AwsError("UnknownOperationException", "");
    throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", { status: 403 });
  }
  return (
    implemented.get(operation) ??
    (() => {
      throw new AwsError("UnsupportedOperationException", `The local Cognito does not implement ${operation}`);
    })
  );
}
