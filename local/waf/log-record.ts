/** The log record of one request, in AWS's field names and casing ("Log fields for protection pack (web ACL) traffic"). */
import * as z from "zod";

import type { Instant } from "../../functions/domain/instant.ts";
import type { InspectedRequest } from "../ports.ts";
import { onlyEntry, parsePart } from "./template-part.ts";
import type { Judgement, WebAcl } from "./web-acl.ts";

/** The resource that a web ACL protects, as the log names it. */
export interface Protected {
  readonly sourceName: "CF" | "COGNITOIDP";
  readonly sourceId: string;
}

export interface Logged {
  readonly acl: WebAcl;
  readonly resource: Protected;
  readonly request: InspectedRequest;
  readonly judgement: Judgement;
  readonly now: Instant;
}

export function logRecord({ acl, resource, request, judgement, now }: Logged): Record<string, unknown> {
  return {
    timestamp: now,
    formatVersion: 1,
    webaclId: acl.arn,
    terminatingRuleId: judgement.rule,
    terminatingRuleType: judgement.ruleType,
    action: judgement.action,
    terminatingRuleMatchDetails: [],
    httpSourceName: resource.sourceName,
    httpSourceId: resource.sourceId,
    ruleGroupList: judgement.groups,
    rateBasedRuleList: judgement.rateHits,
    nonTerminatingMatchingRules: judgement.counted.map((rule) => ({
      ruleId: rule.name,
      action: "COUNT",
      ruleMatchDetails: [],
    })),
    requestHeadersInserted: null,
    responseCodeSent: judgement.custom?.status ?? null,
    httpRequest: {
      clientIp: request.clientIp,
      country: request.country ?? "-",
      headers: request.headers.map(({ name, value }) => ({ name, value })),
      uri: request.uri,
      args: request.args,
      httpVersion: request.httpVersion,
      httpMethod: request.method,
      requestId: request.requestId,
    },
    ...(acl.asksForAsn && request.asn !== undefined ? { clientAsn: request.asn } : {}),
    ...(judgement.labels.length > 0 ? { labels: judgement.labels.map((name) => ({ name })) } : {}),
    ...(request.ja4 !== null && resource.sourceName === "CF" ? { ja4Fingerprint: request.ja4 } : {}),
  };
}

/** Takes what the logging configuration calls secret out of a request, before it is written anywhere. */
export type Redaction = (request: InspectedRequest) => InspectedRequest;

const REDACTED = "REDACTED";
const header = z.strictObject({ Name: z.string().min(1) });

export function redaction(fields: readonly unknown[], path: string): Redaction {
  const steps = fields.map((field, index): Redaction => {
    const [kind, body] = onlyEntry(field, `${path}[${index}]`);
    switch (kind) {
      case "SingleHeader": {
        const name = parsePart(header, body, `${path}[${index}].SingleHeader`).Name.toLowerCase();
        return (request) => ({
          ...request,
          headers: request.headers.map((each) =>
            each.name.toLowerCase() === name ? { name: each.name, value: REDACTED } : each,
          ),
        });
      }
      case "UriPath":
        return (request) => ({ ...request, uri: REDACTED });
      case "QueryString":
        return (request) => ({ ...request, args: REDACTED });
      default:
        return parsePart(z.never(), kind, `${path}[${index}]`);
    }
  });
  return (request) => steps.reduce((current, step) => step(current), request);
}
