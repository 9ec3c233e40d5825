-- What is inserted into `user_days`: of one day, each user who got in from a source, with how often and how often not,
-- in the order of the table's columns. Read from the cells of that day's hours; user tags and subs are names of the
-- same users and stay apart; `-` is nobody in particular. Parameters: the generation, first and last hour, and the registered `hour=generation,…`.
SELECT source_ip, user_kind, user_name, successes, failures, generation, day
FROM (
  SELECT
    source_ip,
    CASE WHEN grouping(user_tag) = 0 THEN 'tag' ELSE 'sub' END AS user_kind,
    coalesce(user_tag, sub) AS user_name,
    sum(successes) AS successes,
    sum(failures) AS failures,
    generation,
    day
  FROM (
    SELECT
      source_ip,
      user_tag,
      -- Who only renews a session may have no name in any log: somebody was here, whoever it was.
      CASE WHEN user_tag IS NULL AND sub IS NULL THEN '-' ELSE sub END AS sub,
      successes,
      failures,
      numbered.generation AS generation,
      substr(dt, 1, 10) AS day
    FROM call_cells
    CROSS JOIN (
      -- A parameter may stand in WHERE only, so the number is put together from its digits.
      SELECT CAST(sum(digit * place) AS bigint) AS generation
      FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) digits (digit)
      CROSS JOIN (
        VALUES (1), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000),
          (10000000000), (100000000000), (1000000000000), (10000000000000)
      ) places (place)
      WHERE mod(CAST(? AS bigint) / place, 10) = digit
    ) numbered
    WHERE dt >= ? AND dt <= ?
      -- Cells that no one vouches for are left over from an INSERT that failed, or older than the registered ones.
      AND contains(split(?, ','), dt || '=' || CAST(call_cells.generation AS varchar))
      AND source_ip IS NOT NULL
  ) cells
  GROUP BY GROUPING SETS ((source_ip, user_tag, generation, day), (source_ip, sub, generation, day))
) days
WHERE user_name IS NOT NULL AND successes > 0
