-- Whose calls fail most, and on how many users. Fill in: first hour, last hour ('2026-11-22-10').
SELECT
  source_ip,
  operation,
  sum(failures) AS failures,
  sum(guesses) AS guesses,
  sum(unknown_users) AS unknown_users,
  sum(code_mismatches) AS code_mismatches,
  sum(faults) AS faults,
  sum(throttled) AS throttled,
  sum(successes) AS successes,
  sum(calls) AS calls,
  count(DISTINCT CASE WHEN failures > 0 THEN coalesce(user_tag, sub) END) AS failed_users
FROM (
  SELECT * FROM call_cells
  WHERE dt >= ? AND dt <= ?
) cells
JOIN registered_hours registered ON registered.dt = cells.dt AND registered.generation = cells.generation
GROUP BY source_ip, operation
HAVING sum(failures) + sum(faults) + sum(throttled) > 0
ORDER BY failures DESC, faults DESC, throttled DESC, source_ip, operation
LIMIT 100
