-- Profiles: what each source did in the window, in all (operation is null) and by path and operation; what each
-- range (IPv4 /24, IPv6 /48) and each TLS fingerprint (JA4) did that more than five sources share; and one row for all.
-- The rows of scope `source` without source_ip sum up what cannot be laid at anybody's door: unknown and
-- contradicting addresses.
-- Over time: a source's row has its `series`, one `step:calls:failures:successes:refused` for each step in which it called, and
-- rows of scope `step` have the calls of all. Steps are those of the cells, by the minute since the epoch at which they begin.
-- One row of a source tells of a step, so that the first 24 steps, all of a run's window, stand in the first 24 rows.
-- Counted from cells (cells.sql or registered-cells.sql, put before it), so that peaks are exact. Once the peaks are known,
-- the minutes of a user are one row. Of the rows of a user or source one stands for it, which counts it for less than a
-- DISTINCT in each grouping set would cost. Which one is left to the engine, so it is counted only in groups that hold all
-- of that user's or source's rows, and is 0 in the others. What is summed over one minute or user, and over one operation
-- of it, is ordered alike, so that an engine sorts once for both.
-- Ordered from the strong end: what the limit cuts off are the sources with the least against them. How many, and how
-- many calls, is the row for all (`sources`, `calls`) less the rows that came.
SELECT *
FROM (
  SELECT
    grouped.*,
    CASE WHEN scope = 'fingerprint' THEN ja4_sources ELSE own_sources END AS sources,
    CASE WHEN scope = 'fingerprint' THEN ja4_good_sources ELSE own_good_sources END AS good_sources,
    CASE WHEN scope = 'fingerprint' THEN ja4_quiet_sources ELSE own_quiet_sources END AS quiet_sources
  FROM (
    SELECT
      CASE
        WHEN grouping(source_ip) = 0 THEN 'source'
        WHEN grouping(source_range) = 0 THEN 'range'
        WHEN grouping(ja4) = 0 THEN 'fingerprint'
        WHEN step_at IS NULL THEN 'all'
        ELSE 'step'
      END AS scope,
      step_at,
      source_ip,
      source_range,
      ja4,
      path,
      operation,
      grouping(operation) AS whole,
      CASE
        WHEN grouping(source_ip) = 0 AND grouping(operation) = 1 THEN array_join(slice(array_sort(split(array_join(min(series, 24), ' '), ' ')), 1, 24), ' ')
      END AS series,
      sum(calls) AS calls,
      sum(successes) AS successes,
      sum(steps) AS steps,
      sum(accepted) AS accepted,
      sum(failures) AS failures,
      sum(faults) AS faults,
      sum(throttled) AS throttled,
      sum(blocked) AS blocked,
      sum(rate_blocked) AS rate_blocked,
      sum(unknown) AS unknown,
      sum(secret_failures) AS secret_failures,
      sum(unknown_users) AS unknown_users,
      sum(existing_users) AS existing_users,
      sum(code_mismatches) AS code_mismatches,
      sum(unknown_clients) AS unknown_clients,
      sum(unserved) AS unserved,
      sum(allow_listed) AS allow_listed,
      sum(ip_mismatches) AS ip_mismatches,
      sum(direct_calls) AS direct_calls,
      -- All but what proved a credential, and what a deny list kept out; then the same of the whole source.
      sum(against) AS against,
      CASE WHEN grouping(source_ip) = 0 THEN max(source_against) ELSE sum(against) END AS calls_against,
      count(DISTINCT user_tag) AS tags,
      count(DISTINCT sub) AS subs,
      -- Within one operation, which these two are for: users who failed and got in nowhere from this source.
      CASE WHEN grouping(ja4) = 1 THEN count_if(user_tag IS NOT NULL AND stands_for_op_tag AND tag_failures > 0 AND tag_successes = 0) ELSE 0 END AS failing_tags,
      CASE WHEN grouping(ja4) = 1 THEN count_if(sub IS NOT NULL AND stands_for_op_sub AND sub_failures > 0 AND sub_successes = 0) ELSE 0 END AS failing_subs,
      -- In all operations: users who got in without being tried here; after three failures it may be a guessed password.
      CASE WHEN grouping(operation) = 1 AND grouping(ja4) = 1 THEN count_if(user_tag IS NOT NULL AND stands_for_tag AND tag_successes > 0 AND all_tag_failures < 3) ELSE 0 END AS untroubled_tags,
      CASE WHEN grouping(operation) = 1 AND grouping(ja4) = 1 THEN count_if(sub IS NOT NULL AND stands_for_sub AND sub_successes > 0 AND all_sub_failures < 3) ELSE 0 END AS untroubled_subs,
      sum(CASE WHEN user_tag IS NULL AND sub IS NULL THEN successes ELSE 0 END) AS nameless_successes,
      max(CASE WHEN user_tag IS NOT NULL THEN tag_failures WHEN sub IS NOT NULL THEN sub_failures ELSE 0 END) AS top_user_failures,
      -- Guesses at what only the user knows, on the user who was tried most and did not get in.
      max(CASE WHEN user_tag IS NOT NULL AND tag_successes = 0 THEN tag_guesses
        WHEN user_tag IS NULL AND sub IS NOT NULL AND sub_successes = 0 THEN sub_guesses ELSE 0 END) AS top_user_guesses,
      -- Their pace: minutes with guesses at one user, and most of them in one.
      max(CASE WHEN user_tag IS NOT NULL THEN tag_guess_minutes WHEN sub IS NOT NULL THEN sub_guess_minutes ELSE 0 END) AS guess_minutes,
      max(CASE WHEN user_tag IS NOT NULL OR sub IS NOT NULL THEN peak_guesses ELSE 0 END) AS peak_guesses,
      -- Names of which the answer told whether there is such a user.
      CASE WHEN grouping(ja4) = 1 THEN count_if(user_tag IS NOT NULL AND stands_for_op_tag AND tag_probes > 0) ELSE 0 END AS probed_tags,
      sum(CASE WHEN user_tag IS NULL THEN unknown_users + existing_users ELSE 0 END) AS nameless_probes,
      CASE WHEN grouping(operation) = 1 AND grouping(ja4) = 1 THEN count_if(stands_for_source) ELSE 0 END AS own_sources,
      CASE WHEN grouping(operation) = 1 AND grouping(ja4) = 1 THEN count_if(stands_for_source AND source_successes > 0) ELSE 0 END AS own_good_sources,
      CASE WHEN grouping(operation) = 1 AND grouping(ja4) = 1 THEN count_if(stands_for_source AND source_is_quiet) ELSE 0 END AS own_quiet_sources,
      CASE WHEN grouping(ja4) = 0 THEN count_if(stands_for_ja4) ELSE 0 END AS ja4_sources,
      CASE WHEN grouping(ja4) = 0 THEN count_if(stands_for_ja4 AND source_successes > 0) ELSE 0 END AS ja4_good_sources,
      CASE WHEN grouping(ja4) = 0 THEN count_if(stands_for_ja4 AND source_is_quiet) ELSE 0 END AS ja4_quiet_sources,
      sum(CASE WHEN source_is_quiet THEN failures + accepted ELSE 0 END) AS quiet_calls,
      CASE
        WHEN grouping(operation) = 0 THEN sum(operation_slots)
        WHEN grouping(source_ip) = 0 THEN sum(source_slots)
        ELSE 0
      END AS active_minutes,
      CASE
        WHEN grouping(operation) = 0 THEN max(operation_slot_calls)
        WHEN grouping(source_ip) = 0 THEN max(source_slot_calls)
        ELSE 0
      END AS peak_per_minute,
      CAST(to_unixtime(min(first_ts)) * 1000 AS bigint) AS first_seen,
      CAST(to_unixtime(max(last_ts)) * 1000 AS bigint) AS last_seen,
      CASE WHEN grouping(source_ip) = 0 THEN max(counted_from) WHEN grouping(source_range) = 0 THEN max(range_counted_from) END AS counted_from
    FROM (
      SELECT
        tallied.*,
        source_ip IS NOT NULL AND source_successes = 0 AND source_failures < 10 AND source_accepted < 30 AND source_failures + source_accepted > 0 AS source_is_quiet
      FROM (
        SELECT
          users.*,
          sum(failures) OVER op_tag AS tag_failures,
          sum(guesses) OVER op_tag AS tag_guesses,
          sum(unknown_users + existing_users) OVER op_tag AS tag_probes,
          sum(guess_cells) OVER op_tag AS tag_guess_minutes,
          row_number() OVER op_of_tag = rank() OVER op_of_tag AS stands_for_op_tag,
          sum(successes) OVER one_tag AS tag_successes,
          sum(failures) OVER one_tag AS all_tag_failures,
          row_number() OVER one_tag = 1 AS stands_for_tag,
          sum(failures) OVER op_sub AS sub_failures,
          sum(guesses) OVER op_sub AS sub_guesses,
          sum(guess_cells) OVER op_sub AS sub_guess_minutes,
          row_number() OVER op_of_sub = rank() OVER op_of_sub AS stands_for_op_sub,
          sum(successes) OVER one_sub AS sub_successes,
          sum(failures) OVER one_sub AS all_sub_failures,
          row_number() OVER one_sub = 1 AS stands_for_sub,
          sum(successes) OVER one_source AS source_successes,
          sum(failures) OVER one_source AS source_failures,
          sum(accepted) OVER one_source AS source_accepted,
          sum(against) OVER one_source AS source_against,
          source_ip IS NOT NULL AND row_number() OVER one_source = 1 AS stands_for_source,
          source_ip IS NOT NULL AND row_number() OVER ja4_of_source = rank() OVER ja4_of_source AS stands_for_ja4
        FROM (
          SELECT
            source_ip,
            source_range,
            ja4,
            path,
            operation,
            user_tag,
            sub,
            step_at,
            array_join(array_sort(array_agg(
              CAST(step_at AS varchar) || ':' || CAST(step_calls AS varchar) || ':' || CAST(step_failures AS varchar) || ':' ||
                CAST(step_successes AS varchar) || ':' || CAST(step_refused AS varchar)
            ) FILTER (WHERE stands_for_step)), ' ') AS series,
            sum(calls) AS calls,
            sum(successes) AS successes,
            sum(steps) AS steps,
            sum(accepted) AS accepted,
            sum(failures) AS failures,
            sum(faults) AS faults,
            sum(throttled) AS throttled,
            sum(blocked) AS blocked,
            sum(rate_blocked) AS rate_blocked,
            sum(unknown) AS unknown,
            sum(unserved) AS unserved,
            sum(secret_failures) AS secret_failures,
            sum(guesses) AS guesses,
            sum(unknown_users) AS unknown_users,
            sum(existing_users) AS existing_users,
            sum(code_mismatches) AS code_mismatches,
            sum(unknown_clients) AS unknown_clients,
            sum(allow_listed) AS allow_listed,
            sum(ip_mismatches) AS ip_mismatches,
            sum(direct_calls) AS direct_calls,
            sum(calls - successes - (blocked - rate_blocked)) AS against,
            max(guesses) AS peak_guesses,
            count_if(guesses > 0) AS guess_cells,
            max(source_slot_calls) AS source_slot_calls,
            count_if(stands_for_slot) AS source_slots,
            max(operation_slot_calls) AS operation_slot_calls,
            count_if(stands_for_op_slot) AS operation_slots,
            min(first_ts) AS first_ts,
            max(last_ts) AS last_ts,
            max(counted_from) AS counted_from,
            max(range_counted_from) AS range_counted_from
          FROM (
            SELECT
              cells.*,
              sum(calls) OVER one_step AS step_calls,
              sum(failures) OVER one_step AS step_failures,
              sum(successes) OVER one_step AS step_successes,
              sum(throttled + blocked) OVER one_step AS step_refused,
              row_number() OVER one_step = 1 AS stands_for_step,
              sum(calls) OVER one_slot AS source_slot_calls,
              row_number() OVER slot_of_step = rank() OVER slot_of_step AS stands_for_slot,
              sum(calls) OVER op_slot AS operation_slot_calls,
              row_number() OVER op_of_slot = rank() OVER op_of_slot AS stands_for_op_slot
            FROM cells
            WINDOW
              one_step AS (PARTITION BY source_ip, step_at),
              slot_of_step AS (PARTITION BY source_ip, step_at ORDER BY slot),
              one_slot AS (PARTITION BY source_ip, step_at ORDER BY slot RANGE BETWEEN CURRENT ROW AND CURRENT ROW),
              op_of_slot AS (PARTITION BY source_ip, step_at ORDER BY slot, path, operation),
              op_slot AS (PARTITION BY source_ip, step_at ORDER BY slot, path, operation RANGE BETWEEN CURRENT ROW AND CURRENT ROW)
          ) paced
          GROUP BY GROUPING SETS ((source_ip, source_range, ja4, path, operation, user_tag, sub), (step_at))
        ) users
        WINDOW
          one_source AS (PARTITION BY step_at, source_ip),
          ja4_of_source AS (PARTITION BY step_at, source_ip ORDER BY ja4),
          one_tag AS (PARTITION BY source_ip, user_tag),
          op_of_tag AS (PARTITION BY source_ip, user_tag ORDER BY path, operation),
          op_tag AS (PARTITION BY source_ip, user_tag ORDER BY path, operation RANGE BETWEEN CURRENT ROW AND CURRENT ROW),
          one_sub AS (PARTITION BY source_ip, sub),
          op_of_sub AS (PARTITION BY source_ip, sub ORDER BY path, operation),
          op_sub AS (PARTITION BY source_ip, sub ORDER BY path, operation RANGE BETWEEN CURRENT ROW AND CURRENT ROW)
      ) tallied
    ) judged
    GROUP BY GROUPING SETS ((step_at, source_ip), (step_at, source_ip, path, operation), (step_at, source_range), (step_at, ja4), (step_at))
  ) grouped
) ranked
WHERE scope = 'step' OR (step_at IS NULL AND (scope IN ('source', 'all') OR (sources > 5 AND coalesce(source_range, ja4) IS NOT NULL)))
ORDER BY CASE WHEN scope IN ('all', 'step') THEN 0 ELSE 1 END, step_at, calls_against DESC, scope, source_ip, source_range, ja4, whole DESC, path, operation
LIMIT 20000
