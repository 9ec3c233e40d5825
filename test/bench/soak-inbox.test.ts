import { soakConfig } from "../../bench/soak/config.ts";
import { createInbox } from "../../bench/soak/inbox.ts";
import { parseDeployment } from "../../functions/domain/deployment.ts";
import type { WorldEvent } from "../../local/world.ts";

test("counts mails by subject and tells when alarms on ourselves were on; those that start runs are no business of ours", () => {
  let tell: (event: WorldEvent) => void = () => {};
  const inbox = createInbox({
    deployment: parseDeployment(soakConfig, "a test"),
    on: (listener) => {
      tell = listener;
      return () => {};
    },
  });
  const alarm = (name: string, state: string, at: number) => tell({ kind: "alarm", name, state, at });
  const mail = { id: "m", topicArn: "t", subject: "Portcullis: 2 banned", message: "", forms: {}, at: 0 };
  tell({ kind: "message", message: mail });
  tell({ kind: "message", message: mail });
  alarm("health-portcullis-trail-logs-silent", "OK", 0);
  alarm("health-portcullis-trail-logs-silent", "ALARM", 1);
  alarm("health-portcullis-trail-logs-silent", "OK", 2);
  alarm("health-portcullis-trail-logs-silent", "ALARM", 3);
  alarm("portcullis-UserAuthentication-50", "ALARM", 4);
  expect(inbox.mails).toEqual({ "Portcullis: 2 banned": 2 });
  expect(inbox.alarms).toEqual([
    { id: "trail-logs-silent", at: 1, until: 2 },
    { id: "trail-logs-silent", at: 3, until: null },
  ]);
});
