-- What CloudTrail holds of doctor's own calls, by the request ids that CloudFront gave them: whether the token comes
-- through. Fill in: first day, last day ('2026/11/22'), first instant, end ('2026-11-22T10:00:00Z'), three request ids.
SELECT eventtime, sourceipaddress, useragent
FROM cloudtrail
WHERE "day" >= ? AND "day" <= ?
  AND eventtime >= ? AND eventtime < ?
  AND eventsource = 'cognito-idp.amazonaws.com'
  AND (strpos(useragent, ?) > 0 OR strpos(useragent, ?) > 0 OR strpos(useragent, ?) > 0)
ORDER BY eventtime, useragent, sourceipaddress
LIMIT 100
