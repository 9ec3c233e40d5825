-- Established users: those with a success from a source on at least two of the days asked for. A day on which the user
-- failed there three times or more does not count: the password may have been guessed. One row for each source that
-- has any, the most shared first, and before them one row for all (source_ip is null) with the days at hand and each user once.
-- Parameters: first and last day, and the registered `day=generation,…`.
SELECT
  source_ip,
  max(days) AS days,
  count(DISTINCT CASE WHEN whole = 0 AND user_kind = 'tag' THEN user_name END) AS tags,
  count(DISTINCT CASE WHEN whole = 0 AND user_kind = 'sub' THEN user_name END) AS subs
FROM (
  SELECT
    source_ip,
    user_kind,
    user_name,
    grouping(source_ip) AS whole,
    count(DISTINCT "day") AS days,
    count(DISTINCT CASE WHEN failures < 3 THEN "day" END) AS good_days
  FROM user_days
  WHERE "day" >= ? AND "day" <= ?
    AND contains(split(?, ','), "day" || '=' || CAST(generation AS varchar))
  GROUP BY GROUPING SETS ((source_ip, user_kind, user_name), ())
) users
WHERE whole = 1 OR good_days >= 2
GROUP BY GROUPING SETS ((whole, source_ip), ())
HAVING grouping(source_ip) = 1 OR whole = 0
ORDER BY CASE WHEN source_ip IS NULL THEN 0 ELSE 1 END, count_if(user_kind = 'tag') + count_if(user_kind = 'sub') DESC, source_ip
LIMIT 20000
