-- Cells: the calls of one source, fingerprint, path, operation, minute and user as one row. Profiles are counted from
-- them, and so are the rollups. Stands between auth_calls.sql and a query over `cells`; no parameters of its own.
,
cells AS (
  SELECT
    source_ip,
    source_range,
    ja4,
    path,
    -- A caller may invent names of operations: what is no public one is one group.
    CASE WHEN operation IN (
      'SignUp', 'ConfirmSignUp', 'ResendConfirmationCode', 'ForgotPassword', 'ConfirmForgotPassword', 'InitiateAuth',
      'RespondToAuthChallenge', 'GetTokensFromRefreshToken', 'RevokeToken', 'AssociateSoftwareToken', 'VerifySoftwareToken',
      'GetUser', 'ChangePassword', 'UpdateUserAttributes', 'DeleteUserAttributes', 'DeleteUser', 'GetUserAttributeVerificationCode',
      'VerifyUserAttribute', 'GetUserAuthFactors', 'SetUserMFAPreference', 'SetUserSettings', 'GlobalSignOut', 'ConfirmDevice',
      'ForgetDevice', 'GetDevice', 'ListDevices', 'UpdateDeviceStatus', 'StartWebAuthnRegistration', 'CompleteWebAuthnRegistration',
      'ListWebAuthnCredentials', 'DeleteWebAuthnCredential', 'ListUserSessions', 'RevokeUserSession', 'UpdateAuthEventFeedback'
    ) THEN operation WHEN operation IS NULL THEN 'unknown' ELSE 'other' END AS operation,
    date_trunc('minute', ts) AS slot,
    user_tag,
    sub,
    CAST(to_unixtime(date_trunc('minute', ts)) AS bigint) / 60 AS step_at,
    count(*) AS calls,
    count_if(outcome = 'success') AS successes,
    count_if(outcome = 'step') AS steps,
    count_if(outcome = 'accepted') AS accepted,
    count_if(outcome = 'failure') AS failures,
    count_if(outcome = 'fault') AS faults,
    count_if(outcome = 'throttled') AS throttled,
    count_if(outcome = 'blocked') AS blocked,
    count_if(rate_blocked) AS rate_blocked,
    count_if(outcome = 'unknown') AS unknown,
    count_if(error_kind IN ('secret_missing', 'secret_wrong')) AS secret_failures,
    count_if(error_kind IN ('wrong_credential', 'locked_out', 'code_mismatch', 'code_expired')) AS guesses,
    count_if(error_kind = 'unknown_user') AS unknown_users,
    count_if(error_kind = 'user_exists') AS existing_users,
    count_if(error_kind = 'code_mismatch') AS code_mismatches,
    count_if(error_kind = 'unknown_client') AS unknown_clients,
    count_if(outcome = 'unknown' AND coalesce(error_kind, 'refused_at_edge') = 'refused_at_edge') AS unserved,
    count_if(allow_listed) AS allow_listed,
    count_if(ip_mismatch) AS ip_mismatches,
    count_if(path = 'direct') AS direct_calls,
    min(ts) AS first_ts,
    max(ts) AS last_ts,
    -- Logs know no bans; see registered-cells.sql.
    CAST(NULL AS bigint) AS counted_from,
    CAST(NULL AS bigint) AS range_counted_from
  FROM auth_calls
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
)
