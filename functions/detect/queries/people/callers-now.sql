-- Who calls an operation through the distribution right now, from the web ACL's log: minutes old, but without outcomes.
-- Fill in: first and last five minutes ('2026/11/22/10/05'), operation ('InitiateAuth').
SELECT
  httprequest.clientip AS client_ip,
  httprequest.country AS country,
  ja4fingerprint AS ja4,
  count(*) AS calls,
  count_if(action = 'BLOCK') AS blocked,
  CAST(from_unixtime(CAST(min("timestamp") AS double) / 1000) AS timestamp) AS first_seen,
  CAST(from_unixtime(CAST(max("timestamp") AS double) / 1000) AS timestamp) AS last_seen
FROM waf_edge
WHERE dt >= ? AND dt <= ?
  AND httpsourcename = 'CF'
  AND element_at(filter(httprequest.headers, h -> lower(h.name) = 'x-amz-target'), 1).value = 'AWSCognitoIdentityProviderService.' || ?
GROUP BY httprequest.clientip, httprequest.country, ja4fingerprint
ORDER BY calls DESC, client_ip, country, ja4
LIMIT 100
