/** An alarm that people made of ours, under the deployment's prefix: it starts a run as any other, which follows it to its end. */
import { CloudWatchClient, PutCompositeAlarmCommand } from "@aws-sdk/client-cloudwatch";
import * as z from "zod";

import { MINUTE } from "../../functions/domain/instant.ts";
import { runSchema } from "../../functions/domain/run.ts";
import { sdkConfig } from "../local/builders.ts";
import { aScenario, type Scenario } from "./builders.ts";

jest.setTimeout(180_000);

const COMPOSITE = "portcullis-something-is-wrong";
let scenario: Scenario;
beforeAll(async () => {
  scenario = await aScenario();
});
afterAll(() => scenario?.stop());

const outputSchema = z.object({ run: runSchema.nullable() });
const mitigations = () => scenario.executions.all().filter(({ machine }) => machine.name === "portcullis-mitigate");

/** The execution whose run follows the composite alarm, and what Admit said of it. */
function followed() {
  for (const execution of mitigations())
    for (const event of execution.history)
      if (event.type === "StateExited" && event.state === "Admit") {
        const { run } = outputSchema.parse(event.output);
        if (run?.alarmName === COMPOSITE) return { execution, run };
      }
  return null;
}

test("a composite alarm in the pool's Region starts a run on all categories, which ends after it", async () => {
  const client = new CloudWatchClient({ ...sdkConfig(scenario.awsEndpoint), region: "eu-west-1" });
  const AlarmRule = 'ALARM("portcullis-UserToken-throttled") AND NOT INSUFFICIENT_DATA(portcullis-UserToken-50)';
  await client.send(new PutCompositeAlarmCommand({ AlarmName: COMPOSITE, AlarmRule }));
  const throttled = () =>
    scenario.metrics.put("eu-west-1", {
      namespace: "AWS/Usage",
      name: "ThrottleCount",
      dimensions: { Type: "API", Resource: "UserToken", Service: "Cognito user pool", Class: "None" },
      value: 3,
      at: scenario.clock.now(),
    });
  for (let minute = 0; minute < 5; minute += 1) {
    throttled();
    await scenario.clock.wait(MINUTE);
  }
  await scenario.until(() => followed() !== null, "run", 5);
  expect(followed()?.run).toMatchObject({ trigger: "alarm", category: "all", alarmRegion: "eu-west-1" });

  await scenario.until(() => mitigations().every(({ status }) => status !== "RUNNING"), "end of the runs", 60);
  const looks = followed()?.execution.history.filter(({ type, ...event }) => {
    return type === "StateEntered" && "state" in event && event.state === "Watch";
  });
  expect(looks?.length).toBeGreaterThan(1);
  expect(followed()?.execution.status).toBe("SUCCEEDED");
  expect(scenario.mishaps()).toEqual([]);
});
