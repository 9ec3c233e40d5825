-- Accounts at risk: a user got in from a source after it had failed for several others within a day.
-- Whoever tries many passwords and then succeeds has found one; `sub` is what a person signs out and resets.
SELECT
  s.source_ip,
  s.sub,
  s.user_tag,
  s.operation,
  CAST(to_unixtime(min(s.ts)) * 1000 AS bigint) AS first_success,
  count(DISTINCT f.user_name) AS failed_users_before
FROM (
  SELECT source_ip, sub, user_tag, operation, ts, coalesce(user_tag, sub) AS user_name
  FROM auth_calls
  WHERE outcome = 'success' AND source_ip IS NOT NULL AND coalesce(user_tag, sub) IS NOT NULL
) s
JOIN (
  SELECT source_ip, coalesce(user_tag, sub) AS user_name, min(ts) AS ts
  FROM auth_calls
  WHERE outcome = 'failure' AND source_ip IS NOT NULL AND coalesce(user_tag, sub) IS NOT NULL
  GROUP BY 1, 2
) f ON f.source_ip = s.source_ip AND f.user_name <> s.user_name AND f.ts < s.ts AND f.ts >= s.ts - INTERVAL '1' DAY
GROUP BY s.source_ip, s.sub, s.user_tag, s.operation
HAVING count(DISTINCT f.user_name) >= 3
ORDER BY count(DISTINCT f.user_name) DESC, s.source_ip, s.sub, s.user_tag, s.operation
LIMIT 1000
