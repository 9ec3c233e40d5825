import type { LogSink, WebAcls } from "../ports.ts";
import type { WorldEvents } from "./events.ts";

/** The same sink, telling of every record. */
export function observedLogs(sink: LogSink, events: WorldEvents): LogSink {
  return {
    waf(webAclArn, record) {
      sink.waf(webAclArn, record);
      events.emit({ kind: "log", log: "waf", record });
    },
    cloudFront(distributionId, record) {
      sink.cloudFront(distributionId, record);
      events.emit({ kind: "log", log: "cloudfront", record });
    },
    cloudTrail(region, record) {
      sink.cloudTrail(region, record);
      events.emit({ kind: "log", log: "cloudtrail", record });
    },
  };
}

/** The same web ACLs, telling of every inspection. */
export function observedWebAcls(webAcls: WebAcls, events: WorldEvents): WebAcls {
  return {
    inspect(resourceArn, request) {
      const inspection = webAcls.inspect(resourceArn, request);
      events.emit({ kind: "inspection", resourceArn, request, inspection });
      return inspection;
    },
  };
}
