-- auth_calls: every call of our clients as one row, whichever logs saw it (design, section 4).
-- Put before a query over it; one text for Athena, Trino and DuckDB. Parameters: evidenceParameters().
--
-- Proxied  WAF rows of the distribution, CloudTrail rows whose token carries a valid gate, and CloudFront rows,
--          merged by CloudFront's request id; a request id counts once.
-- Direct   CloudTrail rows without such a token, and rows of the pool's web ACL. The same call stands in both logs
--          without a common id: the n-th of a source and operation is taken for the n-th in the other log.
-- What SQL cannot tell is left to the reader of the rows: CloudFront's own addresses are no sources.
-- Each log stands here once, and so does each step after the first: Athena reads a log again, and bills it, as often as
-- a step that needs it is named. A parameter may stand in WHERE only, so what depends on one is told by which of two
-- rows, true and false, agrees with it.
WITH
trail_read AS (
  SELECT
    try(CAST(from_iso8601_timestamp(eventtime) AS timestamp)) AS ts,
    sourceipaddress AS caller,
    eventname AS event_name,
    useragent AS user_agent,
    -- Of a token, its five parts; what is cut or misspelt is none.
    CASE
      WHEN regexp_like(useragent, '^portcullis/1 \([A-Za-z0-9_-]{1,64}; [A-Za-z0-9_=-]{1,128}; [A-Za-z]{1,64}; [0-9A-Fa-f:.-]{1,45}; [A-Za-z0-9_-]{1,16}\)')
        THEN split(split_part(substr(useragent, 15), ')', 1), '; ')
    END AS token,
    nullif(errorcode, '') AS error_code,
    lower(coalesce(errormessage, '')) AS error_message,
    -- A native call names its client; a page of the hosted UI has it in an array below additionalEventData.
    coalesce(
      json_extract_scalar(requestparameters, '$.clientId'),
      json_extract_scalar(additionaleventdata, '$.requestParameters.client_id[0]')
    ) AS client_id,
    json_extract_scalar(requestparameters, '$.authFlow') AS auth_flow,
    json_extract_scalar(requestparameters, '$.challengeName') AS challenge,
    json_extract_scalar(responseelements, '$.challengeName') AS next_challenge,
    json_extract_scalar(additionaleventdata, '$.sub') AS sub,
    coalesce(nullif(eventid, ''), nullif(requestid, ''), eventtime || ' ' || sourceipaddress) AS event_key
  FROM (
    SELECT
      eventtime, eventname, sourceipaddress, useragent, errorcode, errormessage, requestparameters, responseelements,
      additionaleventdata, requestid, eventid
    FROM cloudtrail
    WHERE "day" >= ? AND "day" <= ?
      AND eventtime >= ? AND eventtime <= ?
      -- The folder is a day's; names tell the minute of delivery. Only plain comparisons leave files unread.
      AND "$path" >= ? AND "$path" <= ?
      AND eventsource = 'cognito-idp.amazonaws.com'
    UNION ALL
    -- The same records by EventBridge, minutes earlier and perhaps not all; an event's id makes one of both.
    SELECT
      eventtime, eventname, sourceipaddress, useragent, errorcode, errormessage, requestparameters, responseelements,
      additionaleventdata, requestid, eventid
    FROM cloudtrail_fast
    WHERE dt >= ? AND dt <= ?
      AND eventtime >= ? AND eventtime <= ?
      AND eventsource = 'cognito-idp.amazonaws.com'
  ) recorded
),
-- No viewer ever sees a gate, so a token with a valid one was written by our edge. The query holds hashes only.
trail AS (
  SELECT
    t.*,
    trusted,
    nullif(element_at(token, 2), '-') AS token_request_id,
    -- What Cognito answered, in our words. An empty error code is success, not an unknown error.
    CASE
      WHEN error_code IS NULL THEN NULL
      WHEN error_code IN ('TooManyRequestsException', 'ThrottlingException', 'Throttling', 'RequestLimitExceeded', 'LimitExceededException') THEN 'throttled'
      WHEN error_code = 'ForbiddenException' THEN 'blocked'
      WHEN error_message LIKE '%secret was not received%' THEN 'secret_missing'
      WHEN error_message LIKE '%unable to verify secret hash%' OR error_message LIKE '%secrethash does not match%' THEN 'secret_wrong'
      WHEN error_code = 'UnauthorizedException' THEN 'secret_wrong'
      WHEN error_message LIKE '%attempts exceeded%' OR error_code = 'TooManyFailedAttemptsException' THEN 'locked_out'
      WHEN error_message LIKE '%refresh token%' OR error_message LIKE '%access token%' THEN 'token_invalid'
      WHEN error_message LIKE '%session%' AND error_code = 'NotAuthorizedException' THEN 'session_invalid'
      WHEN error_code = 'UserNotFoundException' THEN 'unknown_user'
      WHEN error_code IN ('CodeMismatchException', 'EnableSoftwareTokenMFAException') THEN 'code_mismatch'
      WHEN error_code = 'ExpiredCodeException' THEN 'code_expired'
      WHEN error_code IN ('UsernameExistsException', 'AliasExistsException') THEN 'user_exists'
      WHEN error_code = 'UserNotConfirmedException' THEN 'user_not_confirmed'
      WHEN error_code = 'PasswordResetRequiredException' THEN 'reset_required'
      WHEN error_code IN ('UnexpectedLambdaException', 'InvalidLambdaResponseException', 'UserLambdaValidationException') THEN 'lambda_error'
      WHEN error_code IN ('InternalErrorException', 'InternalServerError', 'InternalFailure', 'ServiceUnavailable', 'ServiceUnavailableException',
        'CodeDeliveryFailureException', 'InvalidEmailRoleAccessPolicyException', 'InvalidSmsRoleAccessPolicyException', 'InvalidSmsRoleTrustRelationshipException') THEN 'internal_error'
      WHEN error_code = 'NotAuthorizedException' AND (
        event_name IN ('GetTokensFromRefreshToken', 'RevokeToken') OR auth_flow IN ('REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN')) THEN 'token_invalid'
      WHEN error_code = 'NotAuthorizedException' AND event_name IN (
        'InitiateAuth', 'RespondToAuthChallenge', 'AdminInitiateAuth', 'AdminRespondToAuthChallenge', 'ConfirmSignUp', 'ForgotPassword',
        'ConfirmForgotPassword', 'ResendConfirmationCode', 'SignUp', 'ChangePassword') THEN 'wrong_credential'
      WHEN error_code = 'NotAuthorizedException' THEN 'token_invalid'
      WHEN error_code = 'ResourceNotFoundException' THEN 'unknown_client'
      WHEN error_code IN ('InvalidParameterException', 'InvalidPasswordException', 'SerializationException', 'ValidationException') THEN 'invalid_request'
      ELSE 'other'
    END AS error_kind
  FROM trail_read t
  CROSS JOIN (VALUES (true), (false)) gates (trusted)
  WHERE trusted = (token IS NOT NULL AND contains(split(?, ','), lower(to_hex(sha256(to_utf8(element_at(token, 1)))))))
),
records AS (
  SELECT
    'edge' AS log,
    'proxied' AS path,
    CAST(from_unixtime(CAST("timestamp" AS double) / 1000) AS timestamp) AS ts,
    httprequest.clientip AS address,
    coalesce(nullif(nullif(httprequest.requestid, ''), '-'), httprequest.clientip || ' ' || CAST("timestamp" AS varchar)) AS call_key,
    nullif(nullif(httprequest.requestid, ''), '-') AS request_id,
    regexp_extract(element_at(filter(httprequest.headers, h -> lower(h.name) = 'x-amz-target'), 1).value, '^AWSCognitoIdentityProviderService\.([A-Za-z]{1,64})$', 1) AS operation,
    CAST(NULL AS varchar) AS client_id,
    CAST(NULL AS varchar) AS answer,
    CAST(NULL AS varchar) AS status,
    action,
    terminatingruleid AS rule,
    terminatingruletype AS rule_type,
    CAST(NULL AS varchar) AS user_tag,
    CAST(NULL AS varchar) AS sub,
    httprequest.country AS country,
    CAST(clientasn AS varchar) AS asn,
    ja4fingerprint AS ja4,
    element_at(filter(httprequest.headers, h -> lower(h.name) = 'user-agent'), 1).value AS user_agent,
    is_foreign
  FROM waf_edge
  -- A page of an origin that may not call makes its visitors call: the edge refuses that, and no visitor is to blame.
  CROSS JOIN (VALUES (true), (false)) pages (is_foreign)
  WHERE dt >= ? AND dt <= ?
    AND "$path" >= ? AND "$path" <= ?
    AND httpsourcename = 'CF'
    AND httprequest.httpmethod = 'POST'
    AND is_foreign = coalesce(? <> '' AND NOT contains(split(?, ','), element_at(filter(httprequest.headers, h -> lower(h.name) = 'origin'), 1).value), false)
  UNION ALL
  SELECT
    'trail',
    CASE WHEN trusted THEN 'proxied' ELSE 'direct' END,
    ts,
    CASE WHEN trusted THEN element_at(token, 4) ELSE caller END,
    CASE WHEN trusted THEN coalesce(token_request_id, event_key) ELSE 'trail ' || event_key END,
    CASE WHEN trusted THEN token_request_id END,
    CASE WHEN trusted THEN element_at(token, 3) ELSE event_name END,
    client_id,
    -- What is told of several records of one call comes first in order. The edge tries a second secret where Cognito
    -- refuses the first: what the caller was told is not about secrets.
    CASE WHEN error_code = 'UnauthorizedException' OR error_message LIKE '%secret%' THEN '1 ' ELSE '0 ' END ||
      replace(coalesce(error_code, '~'), ' ', '_') || ' ' || coalesce(error_kind, '-') || ' ' ||
      CASE
        WHEN error_kind IN ('blocked', 'throttled') THEN error_kind
        WHEN error_kind IN ('lambda_error', 'internal_error') THEN 'fault'
        -- Our edge adds the secret: without it, or with a wrong one, a proxied call failed through our own fault.
        WHEN error_kind IN ('secret_missing', 'secret_wrong') THEN CASE WHEN trusted THEN 'fault' ELSE 'failure' END
        WHEN error_kind IN ('wrong_credential', 'unknown_user', 'locked_out', 'code_mismatch', 'code_expired', 'user_exists') THEN 'failure'
        WHEN error_kind IN ('user_not_confirmed', 'reset_required') THEN 'step'
        WHEN error_kind IS NOT NULL THEN 'unknown'
        WHEN event_name IN ('InitiateAuth', 'AdminInitiateAuth') AND auth_flow IN (
          'USER_PASSWORD_AUTH', 'ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH', 'REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN') THEN 'success'
        -- Another challenge of the same kind: the answer proved nothing.
        WHEN event_name IN ('RespondToAuthChallenge', 'AdminRespondToAuthChallenge') AND next_challenge = challenge THEN 'step'
        ELSE '-'
      END || ' ' || coalesce(event_name, '-'),
    NULL,
    NULL,
    NULL,
    NULL,
    CASE WHEN trusted THEN nullif(element_at(token, 5), '-') END,
    sub,
    NULL,
    NULL,
    NULL,
    CASE WHEN user_agent LIKE 'portcullis/%' THEN nullif(regexp_replace(user_agent, '^portcullis/[^(]*(\([^()]*\)){0,1} *', ''), '') ELSE user_agent END,
    false
  FROM trail
  UNION ALL
  SELECT
    'pool',
    'direct',
    CAST(from_unixtime(CAST("timestamp" AS double) / 1000) AS timestamp),
    httprequest.clientip,
    'pool ' || coalesce(nullif(nullif(httprequest.requestid, ''), '-'), httprequest.clientip || ' ' || CAST("timestamp" AS varchar)),
    NULL,
    coalesce(
      element_at(filter(httprequest.headers, h -> lower(h.name) = 'x-amzn-cognito-operation-name'), 1).value,
      regexp_extract(element_at(filter(httprequest.headers, h -> lower(h.name) = 'x-amz-target'), 1).value, '^AWSCognitoIdentityProviderService\.([A-Za-z]{1,64})$', 1)
    ),
    element_at(filter(httprequest.headers, h -> lower(h.name) = 'x-amzn-cognito-client-id'), 1).value,
    NULL,
    NULL,
    action,
    terminatingruleid,
    terminatingruletype,
    NULL,
    NULL,
    httprequest.country,
    CAST(clientasn AS varchar),
    ja4fingerprint,
    element_at(filter(httprequest.headers, h -> lower(h.name) = 'user-agent'), 1).value,
    false
  FROM waf_pool
  WHERE dt >= ? AND dt <= ?
    AND "$path" >= ? AND "$path" <= ?
    AND httpsourcename = 'COGNITOIDP'
    -- Calls that our edge passed on are in the other logs, with their true source.
    AND NOT contains(
      split(?, ','),
      lower(to_hex(sha256(to_utf8(coalesce(
        regexp_extract(element_at(filter(httprequest.headers, h -> lower(h.name) = 'user-agent'), 1).value, '^portcullis/1 \(([A-Za-z0-9_-]{1,64}); ', 1),
        ''
      )))))
    )
  UNION ALL
  SELECT
    'cloudfront',
    'proxied',
    try(CAST(from_iso8601_timestamp("date" || 'T' || "time" || 'Z') AS timestamp)),
    c_ip,
    coalesce(nullif(nullif(x_edge_request_id, ''), '-'), c_ip || ' ' || "date" || ' ' || "time"),
    nullif(nullif(x_edge_request_id, ''), '-'),
    NULL,
    NULL,
    NULL,
    sc_status,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    nullif(c_country, '-'),
    nullif(asn, '-'),
    NULL,
    nullif(cs_user_agent, '-'),
    false
  FROM cloudfront
  WHERE dt >= ? AND dt <= ?
    AND cs_method = 'POST'
    AND cs_uri_stem = '/'
),
-- An IPv6 caller owns its /64; IPv4 in an IPv6 coat is IPv4. Anything that is no address is null.
addresses AS (
  SELECT
    r.*,
    lower(address) AS l,
    CASE WHEN address LIKE '::%' THEN '0' ELSE '' END || lower(address) || CASE WHEN address LIKE '%::' THEN '0' ELSE '' END AS p
  FROM records r
  WHERE operation IS NOT NULL OR log = 'cloudfront'
),
expanded AS (
  SELECT
    a.*,
    CASE WHEN l LIKE '%:%' THEN replace(p, '::', ':' || substr('0:0:0:0:0:0:0:', 1, 2 * (8 - (length(p) - length(replace(p, ':', '')))))) END AS groups
  FROM addresses a
),
placed AS (
  SELECT
    x.*,
    CASE
      WHEN regexp_like(l, '^(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}$') THEN l
      WHEN regexp_like(l, '^::ffff:(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}$') THEN substr(l, 8)
      -- Between two groups `::` stands for one at least, and it stands once.
      WHEN regexp_like(groups, '^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}$') AND l NOT LIKE '%::%::%'
        AND NOT (l LIKE '_%::_%' AND length(l) - length(replace(l, ':', '')) > 7) THEN
        regexp_extract(split_part(groups, ':', 1), '^0*([0-9a-f]+)$', 1) || ':' ||
        regexp_extract(split_part(groups, ':', 2), '^0*([0-9a-f]+)$', 1) || ':' ||
        regexp_extract(split_part(groups, ':', 3), '^0*([0-9a-f]+)$', 1) || ':' ||
        regexp_extract(split_part(groups, ':', 4), '^0*([0-9a-f]+)$', 1) || '::/64'
    END AS source
  FROM expanded x
),
-- A file delivered twice, or a request that the edge sent twice, is still one call.
once AS (
  SELECT
    path,
    call_key,
    max(CASE WHEN path = 'direct' THEN log END) AS log,
    coalesce(min(ts) FILTER (WHERE log = 'edge'), min(ts) FILTER (WHERE log = 'trail'), min(ts)) AS ts,
    coalesce(max(source) FILTER (WHERE log = 'edge'), max(source) FILTER (WHERE log = 'trail'), max(source)) AS source,
    -- The token and the WAF row name different callers: counted, but evidence against nobody.
    coalesce(max(source) FILTER (WHERE log = 'edge') <> max(source) FILTER (WHERE log = 'trail'), false) AS ip_mismatch,
    bool_or(is_foreign) AS is_foreign,
    max(request_id) AS request_id,
    coalesce(max(operation) FILTER (WHERE log = 'edge'), max(operation)) AS operation,
    max(client_id) AS client_id,
    min(answer) AS answer,
    max(status) AS status,
    max(action) AS action,
    max(rule) AS rule,
    max(rule_type) AS rule_type,
    max(user_tag) AS user_tag,
    max(sub) AS sub,
    max(country) AS country,
    max(asn) AS asn,
    max(ja4) AS ja4,
    coalesce(max(user_agent) FILTER (WHERE log = 'edge'), max(user_agent)) AS user_agent
  FROM placed
  GROUP BY path, call_key
),
-- What one caller does without a pause of two minutes is one island: the clocks of two logs differ by less.
islands AS (
  SELECT
    s.*,
    sum(pause) OVER (PARTITION BY path, source, operation, refused ORDER BY ts, call_key ROWS UNBOUNDED PRECEDING) AS island
  FROM (
    SELECT
      r.*,
      CASE
        WHEN ts > lag(ts) OVER (PARTITION BY path, source, operation, refused ORDER BY ts, call_key) + INTERVAL '2' MINUTE THEN 1
        ELSE 0
      END AS pause
    FROM (SELECT o.*, coalesce(action = 'BLOCK' OR answer LIKE '_ ForbiddenException %', false) AS refused FROM once o) r
  ) s
),
numbered AS (
  SELECT i.*, row_number() OVER (PARTITION BY path, log, source, operation, refused, island ORDER BY ts, call_key) AS nth
  FROM islands i
),
merged AS (
  SELECT
    path,
    coalesce(min(ts) FILTER (WHERE log = 'trail'), min(ts)) AS ts,
    max(source) AS source,
    bool_or(ip_mismatch OR is_foreign) AS is_nobody,
    bool_or(is_foreign) AS is_foreign,
    max(request_id) AS request_id,
    max(operation) AS operation,
    max(client_id) AS client_id,
    max(answer) AS answer,
    max(status) AS status,
    max(action) AS action,
    max(rule) AS rule,
    max(rule_type) AS rule_type,
    max(user_tag) AS user_tag,
    max(sub) AS sub,
    max(country) AS country,
    max(asn) AS asn,
    max(ja4) AS ja4,
    max(user_agent) AS user_agent,
    bool_or(ip_mismatch) AS ip_mismatch
  FROM numbered
  GROUP BY
    path,
    CASE
      WHEN path = 'proxied' THEN call_key
      ELSE coalesce(source, '') || ' ' || operation || ' ' || CAST(refused AS varchar) || ' ' || CAST(island AS varchar) || ' ' || CAST(nth AS varchar)
    END
),
explained AS (
  SELECT
    m.*,
    answer IS NOT NULL AS in_trail,
    CASE
      WHEN action = 'BLOCK' THEN 'blocked'
      WHEN answer IS NOT NULL THEN nullif(split_part(answer, ' ', 3), '-')
      -- Cognito's errors are 400, so these two are refusals of our edge, of which CloudTrail knows nothing.
      WHEN status = '404' THEN 'unknown_client'
      WHEN status IN ('413', '422') THEN 'refused_at_edge'
    END AS error_kind,
    CASE WHEN action = 'BLOCK' THEN 'blocked' ELSE nullif(split_part(answer, ' ', 4), '-') END AS told,
    coalesce(nullif(split_part(answer, ' ', 5), '-'), operation) AS served
  FROM merged m
),
auth_calls AS (
  SELECT
    ts,
    CASE WHEN NOT is_nobody THEN source END AS source_ip,
    -- The neighbourhood that an operator hands out as one: an IPv4 /24, an IPv6 /48.
    CASE
      WHEN is_nobody THEN NULL
      WHEN source LIKE '%:%' THEN regexp_extract(source, '^([0-9a-f]+:[0-9a-f]+:[0-9a-f]+):', 1) || '::/48'
      ELSE regexp_extract(source, '^([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+$', 1) || '.0/24'
    END AS source_range,
    path,
    operation,
    client_id,
    CASE
      WHEN told IS NOT NULL THEN told
      WHEN NOT in_trail AND (is_foreign OR status = '403') THEN 'blocked'
      WHEN NOT in_trail AND status = '429' THEN 'throttled'
      WHEN NOT in_trail AND status LIKE '5%' THEN 'fault'
      WHEN NOT in_trail AND status = '400' THEN CASE WHEN served IN ('GetTokensFromRefreshToken', 'RevokeToken') THEN 'unknown' ELSE 'failure' END
      WHEN NOT in_trail AND coalesce(status, '') <> '200' THEN 'unknown'
      WHEN served IS NULL THEN 'unknown'
      WHEN served IN ('GetTokensFromRefreshToken', 'RespondToAuthChallenge', 'AdminRespondToAuthChallenge') THEN 'success'
      WHEN served IN ('SignUp', 'ForgotPassword', 'ResendConfirmationCode', 'GetUserAttributeVerificationCode') THEN 'accepted'
      ELSE 'step'
    END AS outcome,
    error_kind,
    CASE
      WHEN action = 'BLOCK' THEN rule
      WHEN error_kind = 'blocked' OR (NOT in_trail AND (is_foreign OR status = '403')) THEN 'origin'
    END AS blocked_by,
    -- Whether the block is evidence of rate; that of a deny list is none, or a ban would feed itself.
    action = 'BLOCK' AND coalesce(rule_type = 'RATE_BASED', false) AS rate_blocked,
    coalesce(action = 'ALLOW' AND regexp_like(lower(rule), 'allow[-_]*list'), false) AS allow_listed,
    ip_mismatch,
    user_tag,
    sub,
    country,
    asn,
    CASE WHEN NOT is_foreign THEN ja4 END AS ja4,
    user_agent,
    request_id
  FROM explained
  WHERE ts >= CAST(? AS timestamp) AND ts < CAST(? AS timestamp)
    AND (? = '*' OR client_id IS NULL OR contains(split(?, ','), client_id))
)
