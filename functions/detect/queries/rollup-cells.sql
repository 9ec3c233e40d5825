-- What is inserted into `call_cells`: the cells of one hour, in the order of the table's columns. Stands after
-- cells.sql. Parameters: those of auth_calls.sql, then the generation.
SELECT
  source_ip,
  source_range,
  ja4,
  path,
  operation,
  CAST(to_unixtime(slot) * 1000 AS bigint) AS slot,
  user_tag,
  sub,
  calls,
  successes,
  steps,
  accepted,
  failures,
  faults,
  throttled,
  blocked,
  rate_blocked,
  unknown,
  secret_failures,
  guesses,
  unknown_users,
  existing_users,
  code_mismatches,
  unknown_clients,
  unserved,
  allow_listed,
  ip_mismatches,
  direct_calls,
  CAST(to_unixtime(first_ts) * 1000 AS bigint) AS first_ts,
  CAST(to_unixtime(last_ts) * 1000 AS bigint) AS last_ts,
  generation,
  date_format(slot, '%Y-%m-%d-%H') AS dt
FROM cells
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
