/** One row of a CloudFront access log, legacy or v2: when, who and which status, never which operation. */
import { canonicalAddress } from "../domain/cidr.ts";
import { fromIso } from "../domain/instant.ts";
import { hourPartition } from "./evidence-query.ts";
import { type Fate, isPlausible, type LogScope } from "./log-fate.ts";

/** The legacy format in its fixed order, for files whose header line was cut off. */
export const legacyColumns: readonly string[] = (
  "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) " +
  "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken " +
  "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status " +
  "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len " +
  "sc-range-start sc-range-end"
)
  .split(" ")
  .map(columnName);

/** Without these a row tells nothing; older and newer formats differ in the others. */
export const neededColumns = ["date", "time", "c_ip", "cs_method", "cs_uri_stem", "sc_status"] as const;

/** `cs(User-Agent)`, as a header line has it, is `cs_user_agent` in Parquet and in our tables. */
export function columnName(field: string): string {
  return field.trim().toLowerCase().replaceAll(/[-(]/g, "_").replaceAll(")", "");
}

/** The columns that a `#Fields:` line names; null if the line is another comment. */
export function columnsOfHeader(line: string): string[] | null {
  const fields = /^#Fields:\s*(.*)$/i.exec(line)?.[1];
  return fields === undefined ? null : fields.trim().split(/\s+/).map(columnName);
}

/** One tab-separated row under its columns; null where their numbers differ. */
export function splitRow(line: string, columns: readonly string[]): CloudFrontFields | null {
  const values = line.split("\t");
  if (values.length !== columns.length) return null;
  return Object.fromEntries(columns.map((column, index) => [column, values[index]]));
}

export type CloudFrontFields = Readonly<Record<string, string | null | undefined>>;

export function judgeCloudFrontRow(fields: CloudFrontFields, scope: LogScope | null): Fate {
  if (neededColumns.some((column) => fields[column] === undefined)) return { rejected: "bad-columns" };
  if (fields["cs_method"] !== "POST" || fields["cs_uri_stem"] !== "/") return { skipped: "not-cognito" };
  if (scope && isOtherDistribution(fields, scope)) return { skipped: "other-distribution" };
  const at = fromIso(`${fields["date"]}T${fields["time"]}Z`);
  if (!isPlausible(at)) return { rejected: "bad-timestamp" };
  const address = canonicalAddress(fields["c_ip"] ?? "");
  if (address === null) return { rejected: "bad-address" };
  const id = fieldOf(fields, "x_edge_request_id");
  const columns = {
    date: fields["date"],
    time: fields["time"],
    c_ip: address,
    cs_method: "POST",
    cs_uri_stem: "/",
    sc_status: fieldOf(fields, "sc_status"),
    x_edge_request_id: id,
    cs_user_agent: fieldOf(fields, "cs_user_agent"),
    c_country: fieldOf(fields, "c_country"),
    asn: fieldOf(fields, "asn"),
    dt: hourPartition(at),
  };
  return { row: { table: "cloudfront", at, id, columns } };
}

/** `cs(Host)` is the distribution's own name, whatever name the viewer called. */
function isOtherDistribution(fields: CloudFrontFields, { distribution }: LogScope): boolean {
  const domainName = fieldOf(fields, "cs_host");
  return distribution !== null && domainName !== null && domainName.toLowerCase() !== distribution.domainName;
}

function fieldOf(fields: CloudFrontFields, column: string): string | null {
  const value = fields[column];
  return value === undefined || value === null || value === "" || value === "-" ? null : value;
}
