-- Coverage: how many calls each log holds of each minute, to be held against what CloudWatch counted, and of CloudTrail
-- whose they are. One row a log, category and minute (whole = 1), then one for each app client or pool named there.
-- A record delivered twice is one. Parameters: coverageParameters().
--
-- WAF metrics count every request that was allowed or blocked; CallCount covers all pools of the account.
-- Answers to challenges are left out: they have an allowance of their own, of which CallCount tells the overflow only.
SELECT
  log,
  category,
  client_id,
  pool_id,
  CAST(to_unixtime(slot) * 1000 AS bigint) AS slot,
  grouping(client_id) AS whole,
  count(*) AS calls
FROM (
  SELECT DISTINCT
    'edge' AS log,
    CAST(NULL AS varchar) AS category,
    CAST(NULL AS varchar) AS client_id,
    CAST(NULL AS varchar) AS pool_id,
    date_trunc('minute', CAST(from_unixtime(CAST("timestamp" AS double) / 1000) AS timestamp)) AS slot,
    coalesce(nullif(nullif(httprequest.requestid, ''), '-'), httprequest.clientip || ' ' || CAST("timestamp" AS varchar)) AS call_key
  FROM waf_edge
  WHERE dt >= ? AND dt <= ?
    AND "timestamp" >= CAST(? AS bigint) AND "timestamp" < CAST(? AS bigint)
    AND action IN ('ALLOW', 'BLOCK')
  UNION ALL
  SELECT DISTINCT
    'pool',
    CAST(NULL AS varchar),
    CAST(NULL AS varchar),
    CAST(NULL AS varchar),
    date_trunc('minute', CAST(from_unixtime(CAST("timestamp" AS double) / 1000) AS timestamp)),
    coalesce(nullif(nullif(httprequest.requestid, ''), '-'), httprequest.clientip || ' ' || CAST("timestamp" AS varchar))
  FROM waf_pool
  WHERE dt >= ? AND dt <= ?
    AND "timestamp" >= CAST(? AS bigint) AND "timestamp" < CAST(? AS bigint)
    AND action IN ('ALLOW', 'BLOCK')
  UNION ALL
  SELECT DISTINCT 'trail', category, client_id, pool_id, slot, call_key
  FROM (
    SELECT
      CASE
        WHEN eventname IN ('InitiateAuth', 'AdminInitiateAuth', 'GetTokensFromRefreshToken') THEN 'UserAuthentication'
        WHEN eventname IN ('SignUp', 'ConfirmSignUp', 'AdminCreateUser', 'AdminConfirmSignUp') THEN 'UserCreation'
        WHEN eventname IN (
          'ForgotPassword', 'ConfirmForgotPassword', 'ChangePassword', 'AdminResetUserPassword', 'AdminSetUserPassword'
        ) THEN 'UserAccountRecovery'
        WHEN eventname = 'RevokeToken' THEN 'UserToken'
        WHEN eventname IN (
          'ResendConfirmationCode', 'GetUserAttributeVerificationCode', 'GetDevice', 'ListDevices', 'AdminGetDevice',
          'AdminListDevices', 'AdminListGroupsForUser', 'AdminListUserAuthEvents'
        ) THEN 'UserResourceRead'
      END AS category,
      CASE WHEN is_named THEN regexp_extract(json_extract_scalar(requestparameters, '$.clientId'), '^[A-Za-z0-9_+]{1,128}$') END AS client_id,
      CASE WHEN is_named THEN regexp_extract(json_extract_scalar(requestparameters, '$.userPoolId'), '^[A-Za-z0-9_-]{1,80}$') END AS pool_id,
      date_trunc('minute', try(CAST(from_iso8601_timestamp(eventtime) AS timestamp))) AS slot,
      coalesce(nullif(eventid, ''), nullif(requestid, ''), eventtime || ' ' || sourceipaddress) AS call_key
    FROM (
      SELECT
        known.*,
        -- What came through an edge of ours, or names a client that does not exist, may name any client it likes.
        coalesce(useragent, '') NOT LIKE 'portcullis/%' AND coalesce(errorcode, '') <> 'ResourceNotFoundException' AS is_named
      FROM (
        SELECT eventtime, eventname, sourceipaddress, useragent, errorcode, requestparameters, requestid, eventid
        FROM cloudtrail
        WHERE "day" >= ? AND "day" <= ?
          AND eventtime >= ? AND eventtime < ?
          -- The folder is a day's; names tell the minute of delivery. Only plain comparisons leave files unread.
          AND "$path" >= ? AND "$path" <= ?
          AND eventsource = 'cognito-idp.amazonaws.com'
        UNION ALL
        -- The same records by EventBridge: each counts once, whichever way it came.
        SELECT eventtime, eventname, sourceipaddress, useragent, errorcode, requestparameters, requestid, eventid
        FROM cloudtrail_fast
        WHERE dt >= ? AND dt <= ?
          AND eventtime >= ? AND eventtime < ?
          AND eventsource = 'cognito-idp.amazonaws.com'
      ) known
      -- What the pool's web ACL blocked uses no quota.
      WHERE coalesce(errorcode, '') <> 'ForbiddenException'
    ) recorded
  ) trail
  WHERE category IS NOT NULL AND slot IS NOT NULL
) held
GROUP BY GROUPING SETS ((log, category, slot), (log, category, slot, client_id, pool_id))
HAVING grouping(client_id) = 1 OR client_id IS NOT NULL OR pool_id IS NOT NULL
ORDER BY whole DESC, calls DESC, log, category, slot, client_id, pool_id
LIMIT 10000
