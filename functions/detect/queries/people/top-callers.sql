-- Who calls an operation most. Fill in: first hour, last hour ('2026-11-22-10'), operation ('InitiateAuth').
SELECT
  source_ip,
  path,
  sum(calls) AS calls,
  sum(successes) AS successes,
  sum(failures) AS failures,
  sum(blocked) AS blocked,
  count(DISTINCT coalesce(user_tag, sub)) AS users,
  CAST(from_unixtime(CAST(min(first_ts) AS double) / 1000) AS timestamp) AS first_seen,
  CAST(from_unixtime(CAST(max(last_ts) AS double) / 1000) AS timestamp) AS last_seen
FROM (
  SELECT * FROM call_cells
  WHERE dt >= ? AND dt <= ?
) cells
JOIN registered_hours registered ON registered.dt = cells.dt AND registered.generation = cells.generation
WHERE operation = ?
GROUP BY source_ip, path
ORDER BY calls DESC, source_ip, path
LIMIT 100
