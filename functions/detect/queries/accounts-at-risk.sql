-- Accounts at risk: a user got in from a source after it had failed for several others within a day.
-- Whoever tries many passwords and then succeeds has found one; `sub` is what a person signs out and resets.
-- Counted from cells (cells.sql, put before it), so times are true to the minute. Each user is under trial at a source for
-- a day after each failure; how many are at the moment of a success is a running sum, however many tried and got in.
SELECT
  source_ip,
  sub,
  user_tag,
  operation,
  CAST(to_unixtime(min(ts)) * 1000 AS bigint) AS first_success,
  max(tried - tried_oneself) AS failed_users_before
FROM (
  SELECT
    steps.*,
    sum(change) OVER (PARTITION BY source_ip ORDER BY ts, turn) AS tried,
    sum(change) OVER (PARTITION BY source_ip, user_name ORDER BY ts, turn) AS tried_oneself
  FROM (
    -- At equal times what ends comes first, then successes: only what failed before counts.
    SELECT
      source_ip,
      user_name,
      sub,
      user_tag,
      operation,
      turn,
      CASE turn WHEN 0 THEN first_ts + INTERVAL '1' DAY WHEN 1 THEN last_ts ELSE first_ts END AS ts,
      CASE turn WHEN 0 THEN -1 WHEN 1 THEN 0 ELSE 1 END AS change
    FROM (
      SELECT
        cells.*,
        coalesce(user_tag, sub) AS user_name,
        lag(first_ts) OVER one_user AS previous,
        lead(first_ts) OVER one_user AS following
      FROM cells
      WHERE source_ip IS NOT NULL AND coalesce(user_tag, sub) IS NOT NULL
      WINDOW one_user AS (PARTITION BY source_ip, coalesce(user_tag, sub), failures > 0 ORDER BY first_ts)
    ) named
    CROSS JOIN (VALUES (0), (1), (2)) turns (turn)
    WHERE (turn = 0 AND failures > 0 AND coalesce(following > first_ts + INTERVAL '1' DAY, true))
      OR (turn = 1 AND successes > 0)
      OR (turn = 2 AND failures > 0 AND coalesce(previous < first_ts - INTERVAL '1' DAY, true))
  ) steps
) counted
WHERE turn = 1 AND tried - tried_oneself >= 3
GROUP BY source_ip, sub, user_tag, operation
ORDER BY max(tried - tried_oneself) DESC, source_ip, sub, user_tag, operation
LIMIT 1000
