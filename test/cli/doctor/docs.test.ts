import { readFileSync } from "node:fs";

import { edgeChecks, secretChecks } from "../../../cli/doctor/edge-checks.ts";
import { gateChecks } from "../../../cli/doctor/gate-probe.ts";
import { poolChecks } from "../../../cli/doctor/pool-checks.ts";
import { probeChecks } from "../../../cli/doctor/probe.ts";
import {
  alarmChecks,
  logChecks,
  quotaChecks,
  setChecks,
  subscriptionChecks,
  trailChecks,
  usageChecks,
} from "../../../cli/doctor/sensor-checks.ts";

const page = readFileSync("docs/doctor.md", "utf8");

test("the page lists every check, in the order in which they are made, and no other", () => {
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \| .*\? ?.*\|$/gm)].map(([, id]) => id);

  const checks = [
    ...[poolChecks, secretChecks, edgeChecks, logChecks, trailChecks, alarmChecks, quotaChecks].flat(),
    ...[usageChecks, subscriptionChecks, setChecks, probeChecks, gateChecks].flat(),
  ];
  expect(listed).toEqual(checks.map(({ id }) => id));
});
