-- Cells of rolled-up hours, for a query over `cells` instead of auth_calls.sql and cells.sql. What a source or its range
-- did before it was last banned has had its answer: those cells are left out, and `counted_from` says from when on it
-- counts. A ban takes some minutes to reach every web ACL; what came through until then belongs to the deed.
-- Parameters: first and last day of bans, the instant of the look, first and last hour, and the registered `hour=generation,…`.
WITH
answered AS (
  SELECT source, max("at") + 180000 AS counted_from
  FROM ban_answers
  CROSS JOIN UNNEST(sources) AS banned (source)
  WHERE dt >= ? AND dt <= ?
    -- A simulated ban stops nobody: while it lasts, what led to it is open.
    AND coalesce(ends, 0) <= CAST(? AS bigint)
  GROUP BY source
),
cells AS (
  SELECT
    source_ip,
    source_range,
    ja4,
    path,
    operation,
    CAST(from_unixtime(CAST(slot AS double) / 1000) AS timestamp) AS slot,
    user_tag,
    sub,
    slot / 3600000 * 60 AS step_at,
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
    CAST(from_unixtime(CAST(first_ts AS double) / 1000) AS timestamp) AS first_ts,
    CAST(from_unixtime(CAST(last_ts AS double) / 1000) AS timestamp) AS last_ts,
    nullif(greatest(coalesce(own.counted_from, 0), coalesce(neighbours.counted_from, 0)), 0) AS counted_from,
    neighbours.counted_from AS range_counted_from
  FROM call_cells
  LEFT JOIN answered own ON own.source = call_cells.source_ip
  LEFT JOIN answered neighbours ON neighbours.source = call_cells.source_range
  WHERE call_cells.dt >= ? AND call_cells.dt <= ?
    -- Cells that no one vouches for are left over from an INSERT that failed, or older than the registered ones.
    AND contains(split(?, ','), call_cells.dt || '=' || CAST(call_cells.generation AS varchar))
    AND call_cells.slot >= greatest(coalesce(own.counted_from, 0), coalesce(neighbours.counted_from, 0))
)
