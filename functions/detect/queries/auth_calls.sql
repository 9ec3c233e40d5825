-- auth_calls: every call of our clients as one row, whichever logs saw it (design, section 4).
-- Put before a query over it; one text for Athena, Trino and DuckDB. Parameters: evidenceParameters().
--
-- Proxied  WAF rows of the distribution, CloudTrail rows whose token carries a valid gate, and CloudFront rows,
--          merged by CloudFront's request id; a request id counts once.
-- Direct   CloudTrail rows without such a token, and rows of the pool's web ACL. The same call stands in both logs
--          without a common id: the n-th of a source, operation and minute is taken for the n-th in the other log.
-- What SQL cannot tell is left to the reader of the rows: CloudFront's own addresses are no sources.
WITH
trail_read AS (
  SELECT
    try(CAST(from_iso8601_timestamp(eventtime) AS timestamp)) AS ts,
    sourceipaddress AS caller,
    eventname AS event_name,
    useragent AS user_agent,
    regexp_extract(useragent, '^portcullis/1 \(([A-Za-z0-9_-]{1,64}; [A-Za-z0-9_=-]{1,128}; [A-Za-z]{1,64}; [0-9A-Fa-f:.-]{1,45}; [A-Za-z0-9_-]{1,16})\)', 1) AS token,
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
  FROM cloudtrail
  WHERE "day" >= ? AND "day" <= ?
    AND eventtime >= ? AND eventtime <= ?
    AND eventsource = 'cognito-idp.amazonaws.com'
),
-- No viewer ever sees a gate, so a token with a valid one was written by our edge. The query holds hashes only.
valid_gates AS (
  SELECT DISTINCT split_part(token, '; ', 1) AS gate
  FROM trail_read
  WHERE token IS NOT NULL
    AND contains(split(?, ','), lower(to_hex(sha256(to_utf8(split_part(token, '; ', 1))))))
),
trail AS (
  SELECT
    t.*,
    g.gate IS NOT NULL AS trusted,
    nullif(split_part(t.token, '; ', 2), '-') AS token_request_id,
    split_part(t.token, '; ', 3) AS token_operation,
    split_part(t.token, '; ', 4) AS token_address,
    nullif(split_part(t.token, '; ', 5), '-') AS token_user_tag
  FROM trail_read t
  LEFT JOIN valid_gates g ON g.gate = split_part(t.token, '; ', 1)
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
    CAST(NULL AS varchar) AS event_name,
    CAST(NULL AS varchar) AS client_id,
    CAST(NULL AS varchar) AS error_code,
    CAST(NULL AS varchar) AS error_message,
    CAST(NULL AS varchar) AS auth_flow,
    CAST(NULL AS varchar) AS challenge,
    CAST(NULL AS varchar) AS next_challenge,
    CAST(NULL AS varchar) AS status,
    action,
    terminatingruleid AS rule,
    terminatingruletype AS rule_type,
    CAST(NULL AS varchar) AS user_tag,
    CAST(NULL AS varchar) AS sub,
    httprequest.country AS country,
    CAST(clientasn AS varchar) AS asn,
    ja4fingerprint AS ja4,
    element_at(filter(httprequest.headers, h -> lower(h.name) = 'user-agent'), 1).value AS user_agent
  FROM waf_edge
  WHERE dt >= ? AND dt <= ?
    AND httpsourcename = 'CF'
    AND httprequest.httpmethod = 'POST'
    AND regexp_like(
      element_at(filter(httprequest.headers, h -> lower(h.name) = 'x-amz-target'), 1).value,
      '^AWSCognitoIdentityProviderService\.[A-Za-z]{1,64}$'
    )
  UNION ALL
  SELECT
    'trail',
    CASE WHEN trusted THEN 'proxied' ELSE 'direct' END,
    ts,
    CASE WHEN trusted THEN token_address ELSE caller END,
    CASE WHEN trusted THEN coalesce(token_request_id, event_key) ELSE event_key END,
    CASE WHEN trusted THEN token_request_id END,
    CASE WHEN trusted THEN token_operation ELSE event_name END,
    event_name,
    client_id,
    error_code,
    error_message,
    auth_flow,
    challenge,
    next_challenge,
    NULL,
    NULL,
    NULL,
    NULL,
    CASE WHEN trusted THEN token_user_tag END,
    sub,
    NULL,
    NULL,
    NULL,
    CASE WHEN user_agent LIKE 'portcullis/%' THEN nullif(regexp_replace(user_agent, '^portcullis/[^(]*(\([^()]*\)){0,1} *', ''), '') ELSE user_agent END
  FROM trail
  UNION ALL
  SELECT
    'pool',
    'direct',
    CAST(from_unixtime(CAST("timestamp" AS double) / 1000) AS timestamp),
    httprequest.clientip,
    coalesce(nullif(nullif(httprequest.requestid, ''), '-'), httprequest.clientip || ' ' || CAST("timestamp" AS varchar)),
    NULL,
    coalesce(
      element_at(filter(httprequest.headers, h -> lower(h.name) = 'x-amzn-cognito-operation-name'), 1).value,
      regexp_extract(element_at(filter(httprequest.headers, h -> lower(h.name) = 'x-amz-target'), 1).value, '^AWSCognitoIdentityProviderService\.([A-Za-z]{1,64})$', 1)
    ),
    NULL,
    element_at(filter(httprequest.headers, h -> lower(h.name) = 'x-amzn-cognito-client-id'), 1).value,
    NULL,
    NULL,
    NULL,
    NULL,
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
    element_at(filter(httprequest.headers, h -> lower(h.name) = 'user-agent'), 1).value
  FROM waf_pool
  WHERE dt >= ? AND dt <= ?
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
    NULL,
    NULL,
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
    nullif(cs_user_agent, '-')
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
    CASE WHEN address LIKE '::%' THEN '0' || lower(address) WHEN address LIKE '%::' THEN lower(address) || '0' ELSE lower(address) END AS p
  FROM records r
  WHERE operation IS NOT NULL OR log = 'cloudfront'
),
expanded AS (
  SELECT
    a.*,
    replace(p, '::', ':' || substr('0:0:0:0:0:0:0:', 1, 2 * (8 - (length(p) - length(replace(p, ':', '')))))) AS groups
  FROM addresses a
),
-- A file delivered twice, or a request that the edge sent twice, is still one call.
placed AS (
  SELECT
    x.*,
    CASE
      WHEN regexp_like(l, '^[0-9.]+$') THEN l
      WHEN regexp_like(l, '^::ffff:[0-9.]+$') THEN substr(l, 8)
      WHEN regexp_like(l, '^[0-9a-f:]+$') AND l LIKE '%:%' THEN
        regexp_extract(split_part(groups, ':', 1), '^0*([0-9a-f]+)$', 1) || ':' ||
        regexp_extract(split_part(groups, ':', 2), '^0*([0-9a-f]+)$', 1) || ':' ||
        regexp_extract(split_part(groups, ':', 3), '^0*([0-9a-f]+)$', 1) || ':' ||
        regexp_extract(split_part(groups, ':', 4), '^0*([0-9a-f]+)$', 1) || '::/64'
    END AS source,
    row_number() OVER (
      PARTITION BY log, path, call_key
      -- The edge tries a second secret where Cognito refuses the first: what the caller was told came last.
      ORDER BY CASE WHEN error_code = 'UnauthorizedException' OR error_message LIKE '%secret%' THEN 1 ELSE 0 END, ts, event_name, error_code, address
    ) AS copy
  FROM expanded x
),
proxied AS (
  SELECT
    'proxied' AS path,
    coalesce(min(ts) FILTER (WHERE log = 'edge'), min(ts) FILTER (WHERE log = 'trail'), min(ts)) AS ts,
    coalesce(max(source) FILTER (WHERE log = 'edge'), max(source) FILTER (WHERE log = 'trail'), max(source)) AS source,
    -- The token and the WAF row name different callers: counted, but evidence against nobody.
    coalesce(max(source) FILTER (WHERE log = 'edge') <> max(source) FILTER (WHERE log = 'trail'), false) AS ip_mismatch,
    max(request_id) AS request_id,
    coalesce(max(operation) FILTER (WHERE log = 'edge'), max(operation)) AS operation,
    max(event_name) AS event_name,
    max(client_id) AS client_id,
    count_if(log = 'trail') > 0 AS in_trail,
    max(error_code) AS error_code,
    max(error_message) AS error_message,
    max(auth_flow) AS auth_flow,
    max(challenge) AS challenge,
    max(next_challenge) AS next_challenge,
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
  WHERE path = 'proxied' AND copy = 1
  GROUP BY call_key
),
direct_once AS (
  SELECT
    d.*,
    coalesce(action = 'BLOCK' OR error_code = 'ForbiddenException', false) AS refused,
    date_trunc('minute', ts) AS slot,
    row_number() OVER (
      PARTITION BY log, source, operation, coalesce(action = 'BLOCK' OR error_code = 'ForbiddenException', false), date_trunc('minute', ts)
      ORDER BY ts, call_key
    ) AS nth
  FROM placed d
  WHERE path = 'direct' AND copy = 1
),
direct_paired AS (
  SELECT d.*, count(*) OVER (PARTITION BY source, operation, refused, slot, nth) AS logs
  FROM direct_once d
),
-- Logs tell the time of a call a second apart: what found no partner within its minute is offered one across it.
direct_slots AS (
  SELECT
    path, log, ts, source, operation, refused, event_name, client_id, error_code, error_message, auth_flow, challenge,
    next_challenge, action, rule, rule_type, sub, country, asn, ja4, user_agent, logs,
    CASE WHEN logs = 2 THEN slot ELSE date_trunc('minute', ts + INTERVAL '30' SECOND) END AS slot,
    CASE WHEN logs = 2 THEN nth
      ELSE row_number() OVER (
        PARTITION BY log, logs, source, operation, refused, date_trunc('minute', ts + INTERVAL '30' SECOND) ORDER BY ts, call_key
      ) END AS nth
  FROM direct_paired
),
direct AS (
  SELECT
    'direct' AS path,
    coalesce(min(ts) FILTER (WHERE log = 'trail'), min(ts)) AS ts,
    source,
    false AS ip_mismatch,
    CAST(NULL AS varchar) AS request_id,
    operation,
    max(event_name) AS event_name,
    max(client_id) AS client_id,
    count_if(log = 'trail') > 0 AS in_trail,
    max(error_code) AS error_code,
    max(error_message) AS error_message,
    max(auth_flow) AS auth_flow,
    max(challenge) AS challenge,
    max(next_challenge) AS next_challenge,
    CAST(NULL AS varchar) AS status,
    max(action) AS action,
    max(rule) AS rule,
    max(rule_type) AS rule_type,
    CAST(NULL AS varchar) AS user_tag,
    max(sub) AS sub,
    max(country) AS country,
    max(asn) AS asn,
    max(ja4) AS ja4,
    max(user_agent) AS user_agent
  FROM direct_slots
  GROUP BY source, operation, refused, logs, slot, nth
),
-- What Cognito answered, in our words. An empty error code is success, not an unknown error.
explained AS (
  SELECT
    c.*,
    coalesce(event_name, operation) AS served,
    CASE
      WHEN action = 'BLOCK' THEN 'blocked'
      WHEN NOT in_trail OR error_code IS NULL THEN NULL
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
        coalesce(event_name, operation) IN ('GetTokensFromRefreshToken', 'RevokeToken') OR auth_flow IN ('REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN')) THEN 'token_invalid'
      WHEN error_code = 'NotAuthorizedException' AND coalesce(event_name, operation) IN (
        'InitiateAuth', 'RespondToAuthChallenge', 'AdminInitiateAuth', 'AdminRespondToAuthChallenge', 'ConfirmSignUp', 'ForgotPassword',
        'ConfirmForgotPassword', 'ResendConfirmationCode', 'SignUp', 'ChangePassword') THEN 'wrong_credential'
      WHEN error_code = 'NotAuthorizedException' THEN 'token_invalid'
      WHEN error_code = 'ResourceNotFoundException' THEN 'unknown_client'
      WHEN error_code IN ('InvalidParameterException', 'InvalidPasswordException', 'SerializationException', 'ValidationException') THEN 'invalid_request'
      ELSE 'other'
    END AS error_kind
  FROM (SELECT * FROM proxied UNION ALL SELECT * FROM direct) c
),
auth_calls AS (
  SELECT
    ts,
    CASE WHEN ip_mismatch THEN NULL ELSE source END AS source_ip,
    -- The neighbourhood that an operator hands out as one: an IPv4 /24, an IPv6 /48.
    CASE
      WHEN ip_mismatch THEN NULL
      WHEN source LIKE '%:%' THEN regexp_extract(source, '^([0-9a-f]+:[0-9a-f]+:[0-9a-f]+):', 1) || '::/48'
      ELSE regexp_extract(source, '^([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+$', 1) || '.0/24'
    END AS source_range,
    path,
    operation,
    client_id,
    CASE
      WHEN error_kind IN ('blocked', 'throttled') THEN error_kind
      WHEN error_kind IN ('lambda_error', 'internal_error') THEN 'fault'
      -- Our edge adds the secret: without it, or with a wrong one, a proxied call failed through our own fault.
      WHEN error_kind IN ('secret_missing', 'secret_wrong') THEN CASE WHEN path = 'proxied' THEN 'fault' ELSE 'failure' END
      WHEN error_kind IN ('wrong_credential', 'unknown_user', 'locked_out', 'code_mismatch', 'code_expired', 'user_exists') THEN 'failure'
      WHEN error_kind IN ('user_not_confirmed', 'reset_required') THEN 'step'
      WHEN error_kind IS NOT NULL THEN 'unknown'
      WHEN NOT in_trail AND status = '429' THEN 'throttled'
      WHEN NOT in_trail AND status = '403' THEN 'blocked'
      WHEN NOT in_trail AND status LIKE '5%' THEN 'fault'
      WHEN NOT in_trail AND status = '400' THEN CASE WHEN served IN ('GetTokensFromRefreshToken', 'RevokeToken') THEN 'unknown' ELSE 'failure' END
      WHEN NOT in_trail AND coalesce(status, '') <> '200' THEN 'unknown'
      WHEN NOT in_trail AND served IS NULL THEN 'unknown'
      WHEN served = 'GetTokensFromRefreshToken' THEN 'success'
      WHEN served IN ('InitiateAuth', 'AdminInitiateAuth') AND auth_flow IN (
        'USER_PASSWORD_AUTH', 'ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH', 'REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN') THEN 'success'
      -- Another challenge of the same kind: the answer proved nothing.
      WHEN served IN ('RespondToAuthChallenge', 'AdminRespondToAuthChallenge') THEN CASE WHEN next_challenge = challenge THEN 'step' ELSE 'success' END
      WHEN served IN ('SignUp', 'ForgotPassword', 'ResendConfirmationCode', 'GetUserAttributeVerificationCode') THEN 'accepted'
      ELSE 'step'
    END AS outcome,
    error_kind,
    CASE
      WHEN action = 'BLOCK' THEN rule
      WHEN error_kind = 'blocked' OR (NOT in_trail AND status = '403') THEN 'origin'
    END AS blocked_by,
    -- Whether the block is evidence of rate; that of a deny list is none, or a ban would feed itself.
    action = 'BLOCK' AND coalesce(rule_type = 'RATE_BASED', false) AS rate_blocked,
    coalesce(action = 'ALLOW' AND regexp_like(lower(rule), 'allow[-_]*list'), false) AS allow_listed,
    ip_mismatch,
    user_tag,
    sub,
    country,
    asn,
    ja4,
    user_agent,
    request_id
  FROM explained
  WHERE ts >= CAST(? AS timestamp) AND ts < CAST(? AS timestamp)
    AND (? = '*' OR client_id IS NULL OR contains(split(?, ','), client_id))
)
