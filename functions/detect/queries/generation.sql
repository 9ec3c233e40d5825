-- The generation of what is inserted, as a relation of one row. Stands between a list of common table expressions and the
-- query that joins it. Parameter: the generation.
,
marked AS (
  -- A parameter may stand in WHERE only, so the number is put together from its digits.
  SELECT CAST(sum(digit * place) AS bigint) AS generation
  FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) digits (digit)
  CROSS JOIN (
    VALUES (1), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000),
      (10000000000), (100000000000), (1000000000000), (10000000000000)
  ) places (place)
  WHERE mod(CAST(? AS bigint) / place, 10) = digit
)
