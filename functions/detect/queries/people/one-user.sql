-- Where one user was tried and got in. Fill in: first hour, last hour ('2026-11-22-10'), the user's tag or sub.
SELECT
  CAST(from_unixtime(CAST(slot AS double) / 1000) AS timestamp) AS minute,
  source_ip,
  path,
  operation,
  sum(calls) AS calls,
  sum(successes) AS successes,
  sum(steps) AS steps,
  sum(accepted) AS accepted,
  sum(failures) AS failures,
  sum(blocked) AS blocked
FROM (
  SELECT * FROM call_cells
  WHERE dt >= ? AND dt <= ?
) cells
JOIN registered_hours registered ON registered.dt = cells.dt AND registered.generation = cells.generation
WHERE ? IN (user_tag, sub)
GROUP BY slot, source_ip, path, operation
ORDER BY minute, source_ip, operation, path
LIMIT 10000
