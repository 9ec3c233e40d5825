-- What is inserted into `user_days`: of one day, each user who got in from a source, with how often and how often not,
-- in the order of the table's columns. User tags and subs are names of the same users and stay apart; `-` is nobody in
-- particular. Stands after day-cells.sql and generation.sql.
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
  FROM day_cells
  CROSS JOIN marked
  GROUP BY GROUPING SETS ((source_ip, user_tag, generation, day), (source_ip, sub, generation, day))
) days
WHERE user_name IS NOT NULL AND successes > 0
