-- What one source did, minute by minute. Fill in: first hour, last hour ('2026-11-22-10'), source as the other queries
-- write it ('203.0.113.7', '2001:db8:1:2::/64').
SELECT
  CAST(from_unixtime(CAST(slot AS double) / 1000) AS timestamp) AS minute,
  path,
  operation,
  user_tag,
  sub,
  ja4,
  sum(calls) AS calls,
  sum(successes) AS successes,
  sum(steps) AS steps,
  sum(accepted) AS accepted,
  sum(failures) AS failures,
  sum(faults) AS faults,
  sum(throttled) AS throttled,
  sum(blocked) AS blocked
FROM (
  SELECT * FROM call_cells
  WHERE dt >= ? AND dt <= ?
) cells
JOIN registered_hours registered ON registered.dt = cells.dt AND registered.generation = cells.generation
WHERE source_ip = ?
GROUP BY slot, path, operation, user_tag, sub, ja4
ORDER BY minute, operation, path, user_tag, sub, ja4
LIMIT 10000
