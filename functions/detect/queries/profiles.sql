-- Profiles: what each source did in the window, in all (operation is null) and by path and operation.
-- The rows without source_ip sum up what cannot be laid at anybody's door: unknown and contradicting addresses.
-- Cells (one per source, path, operation, minute and user) come first, so that peaks and distinct users are exact.
-- Ordered from the strong end: what the limit cuts off are the sources with the least against them.
SELECT
  source_ip,
  path,
  operation,
  grouping(operation) AS whole,
  sum(calls) AS calls,
  sum(successes) AS successes,
  sum(steps) AS steps,
  sum(accepted) AS accepted,
  sum(failures) AS failures,
  sum(faults) AS faults,
  sum(throttled) AS throttled,
  sum(blocked) AS blocked,
  sum(rate_blocked) AS rate_blocked,
  sum(unknown) AS unknown,
  sum(secret_failures) AS secret_failures,
  sum(allow_listed) AS allow_listed,
  sum(ip_mismatches) AS ip_mismatches,
  count(DISTINCT user_tag) AS tags,
  count(DISTINCT sub) AS subs,
  count(DISTINCT CASE WHEN tag_failures > 0 AND tag_successes = 0 THEN user_tag END) AS failing_tags,
  count(DISTINCT CASE WHEN sub_failures > 0 AND sub_successes = 0 THEN sub END) AS failing_subs,
  -- Users who got in without being tried here: a success after three failures may be a guessed password.
  count(DISTINCT CASE WHEN tag_successes > 0 AND tag_failures < 3 THEN user_tag END) AS untroubled_tags,
  count(DISTINCT CASE WHEN sub_successes > 0 AND sub_failures < 3 THEN sub END) AS untroubled_subs,
  sum(CASE WHEN user_tag IS NULL AND sub IS NULL THEN successes ELSE 0 END) AS nameless_successes,
  max(CASE WHEN user_tag IS NOT NULL THEN tag_failures WHEN sub IS NOT NULL THEN sub_failures ELSE 0 END) AS top_user_failures,
  count(DISTINCT slot) AS active_minutes,
  CASE WHEN grouping(operation) = 1 THEN max(source_slot_calls) ELSE max(operation_slot_calls) END AS peak_per_minute,
  CAST(to_unixtime(min(first_ts)) * 1000 AS bigint) AS first_seen,
  CAST(to_unixtime(max(last_ts)) * 1000 AS bigint) AS last_seen
FROM (
  SELECT
    cells.*,
    sum(calls) OVER (PARTITION BY source_ip, slot) AS source_slot_calls,
    sum(calls) OVER (PARTITION BY source_ip, path, operation, slot) AS operation_slot_calls,
    sum(failures) OVER (PARTITION BY source_ip, path, operation, user_tag) AS tag_failures,
    sum(successes) OVER (PARTITION BY source_ip, user_tag) AS tag_successes,
    sum(failures) OVER (PARTITION BY source_ip, path, operation, sub) AS sub_failures,
    sum(successes) OVER (PARTITION BY source_ip, sub) AS sub_successes,
    -- All but what proved a credential, and what a deny list kept out.
    sum(calls - successes - (blocked - rate_blocked)) OVER (PARTITION BY source_ip) AS calls_against
  FROM (
    SELECT
      source_ip,
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
      count_if(allow_listed) AS allow_listed,
      count_if(ip_mismatch) AS ip_mismatches,
      min(ts) AS first_ts,
      max(ts) AS last_ts
    FROM auth_calls
    GROUP BY 1, 2, 3, 4, 5, 6
  ) cells
) tallied
GROUP BY GROUPING SETS ((source_ip, calls_against), (source_ip, calls_against, path, operation))
ORDER BY calls_against DESC, source_ip, whole DESC, path, operation
LIMIT 20000
