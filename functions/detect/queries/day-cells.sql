-- The cells of a day's hours by whom they name, for generation.sql and rollup-user-days.sql. Parameters: first and last
-- hour, and the registered `hour=generation,…`.
WITH
day_cells AS (
  SELECT
    source_ip,
    user_tag,
    -- Who only renews a session may have no name in any log: somebody was here, whoever it was.
    CASE WHEN user_tag IS NULL AND sub IS NULL THEN '-' ELSE sub END AS sub,
    successes,
    failures,
    substr(dt, 1, 10) AS day
  FROM call_cells
  WHERE dt >= ? AND dt <= ?
    -- Cells that no one vouches for are left over from an INSERT that failed, or older than the registered ones.
    AND contains(split(?, ','), dt || '=' || CAST(generation AS varchar))
    AND source_ip IS NOT NULL
)
