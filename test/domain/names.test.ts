import { parseDeployment } from "../../functions/domain/deployment.ts";
import { namesOf } from "../../functions/domain/names.ts";

const longestName = "a23456789012345678901";
const names = (overrides: object = {}) =>
  namesOf(
    parseDeployment(
      {
        account: "111122223333",
        userPool: { id: "ap-southeast-2_Ab12Cd34E", clientIds: ["1example23456789abcdefghij"] },
        ...overrides,
      },
      "test",
    ),
  );

test("alarms that start runs carry the prefix, alarms on ourselves do not", () => {
  const { alarmPrefix, alarmName, healthAlarmName } = names();
  expect(alarmName("UserAuthentication", 50).startsWith(alarmPrefix)).toBe(true);
  expect(healthAlarmName("sweep-failing").startsWith(alarmPrefix)).toBe(false);
});

test("a shard more renames no other set: a renamed set would be replaced and lose its bans", () => {
  const few = names({ autoShards: { edge: { v4: 2, v6: 1 } } }).ipSets.edge.auto;
  const many = names({ autoShards: { edge: { v4: 5, v6: 2 } } }).ipSets.edge.auto;
  expect(many.v4.slice(0, 2)).toEqual(few.v4);
  expect(many.v6.slice(0, 1)).toEqual(few.v6);
});

test("no two sets share a name", () => {
  const { edge, pool } = names().ipSets;
  const all = [edge, pool]
    .flatMap((scope) => [scope?.allow, scope?.deny, scope?.auto])
    .flatMap((sets) => [...(sets?.v4 ?? []), ...(sets?.v6 ?? [])]);
  expect(new Set(all).size).toBe(all.length);
});

test("the config's allow list has sets of its own, where it has entries", () => {
  const { ipSets, poolAllow } = names({ allowList: ["192.0.2.7", "192.0.2.0/24"] });
  expect(ipSets.edge.allow).toEqual({
    v4: ["portcullis-allow-v4", "portcullis-config-allow-v4"],
    v6: ["portcullis-allow-v6"],
  });
  expect(poolAllow).toEqual({ v4: ["portcullis-pool-config-allow-v4"], v6: [] });
});

test("without protection of the pool there are no sets for it", () => {
  expect(names({ poolProtection: "none" }).ipSets.pool).toBeNull();
});

test("WAF log buckets begin as AWS WAF demands, and the longest name still makes a bucket name", () => {
  const { edgeWafLogs, poolWafLogs, cloudFrontLogs, trailLogs, fastTrailLogs, evidenceBucket } = names({
    name: longestName,
  });
  for (const bucket of [edgeWafLogs, poolWafLogs]) expect(bucket).toMatch(/^aws-waf-logs-/);
  for (const bucket of [edgeWafLogs, poolWafLogs, cloudFrontLogs, trailLogs, fastTrailLogs, evidenceBucket])
    expect(bucket).toMatch(/^[a-z0-9-]{3,63}$/);
});

test("the database is a name that needs no quotes in SQL", () => {
  expect(names({ name: "my-pool-1" }).database).toBe("my_pool_1_logs");
});
