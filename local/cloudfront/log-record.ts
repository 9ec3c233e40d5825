/** A record of standard logging v2, keyed by the columns of its Parquet files: all are texts, `-` is no value. */
import type { Instant } from "../../functions/domain/instant.ts";
import { headerText } from "../edge-event.ts";
import { EDGE_LOCATION } from "../edge-location.ts";
import type { Distribution } from "./distribution.ts";
import type { ViewerRequest } from "./viewer.ts";

export type ResultType =
  | "Miss"
  | "Error"
  | "LambdaGeneratedResponse"
  | "LambdaExecutionError"
  | "LambdaValidationError";

export interface Logged {
  readonly requestId: string;
  readonly distribution: Distribution;
  readonly viewer: ViewerRequest;
  readonly status: number;
  readonly resultType: ResultType;
  readonly sentBytes: number;
  readonly contentType: string;
  readonly contentLength: number;
  readonly from: Instant;
  readonly to: Instant;
}

export function cloudFrontRecord(logged: Logged): Record<string, string> {
  const { requestId, distribution, viewer, status, resultType, from, to } = logged;
  const seconds = ((to - from) / 1000).toFixed(3);
  const [date = "", time = ""] = new Date(to).toISOString().split("T");
  return {
    date,
    time: time.slice(0, 8),
    x_edge_location: EDGE_LOCATION,
    sc_bytes: String(logged.sentBytes),
    c_ip: viewer.clientIp,
    cs_method: viewer.method,
    cs_host: distribution.domainName,
    cs_uri_stem: encodeURI(viewer.path),
    sc_status: String(status),
    cs_referer: logText(headerText(viewer.headers, "referer")),
    cs_user_agent: logText(headerText(viewer.headers, "user-agent")),
    cs_uri_query: viewer.query || "-",
    cs_cookie: "-",
    x_edge_result_type: resultType,
    x_edge_request_id: requestId,
    x_host_header: logText(headerText(viewer.headers, "host")),
    cs_protocol: "https",
    cs_bytes: String(requestBytes(viewer)),
    time_taken: seconds,
    x_forwarded_for: logText(headerText(viewer.headers, "x-forwarded-for")),
    ssl_protocol: "TLSv1.3",
    ssl_cipher: "TLS_AES_128_GCM_SHA256",
    x_edge_response_result_type: resultType,
    cs_protocol_version: "HTTP/2.0",
    fle_status: "-",
    fle_encrypted_fields: "-",
    c_port: String(viewer.clientPort),
    time_to_first_byte: seconds,
    x_edge_detailed_result_type: resultType,
    sc_content_type: logged.contentType || "-",
    sc_content_len: String(logged.contentLength),
    sc_range_start: "-",
    sc_range_end: "-",
    asn: "-",
    c_country: "-",
  };
}

function requestBytes(viewer: ViewerRequest): number {
  const headers = viewer.headers.reduce((sum, { name, value }) => sum + name.length + value.length + 4, 0);
  return headers + viewer.path.length + viewer.body.length;
}

/** Percent-encoded as CloudFront does it: what would break a line, quotes, and everything beyond ASCII. */
function logText(text: string): string {
  return text === "" ? "-" : text.replace(/[^\x21\x23-\x24\x26-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]/g, encode);
}

function encode(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
