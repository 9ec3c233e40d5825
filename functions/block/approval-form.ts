/** The form of the approval page as it came in: read strictly, for whoever holds a link may send anything. Pure. */
import { approvalFields } from "../domain/proposal.ts";

export interface PageRequest {
  readonly method: string;
  readonly query: string;
  /** Of a POST; both empty where the header is absent. */
  readonly contentType: string;
  /** `Sec-Fetch-Site`: what kind of page sent the request, by browsers that say so. */
  readonly fetchSite: string;
  readonly body: string;
}

export interface ApprovalForm {
  readonly decision: "approve" | "reject";
  readonly hash: string;
  readonly sources: readonly string[];
  /** Everything that the page only summed up. */
  readonly rest: boolean;
  readonly comment: string;
}

/** What is wrong with a request, as the page tells it. */
export type FormFault = "foreign" | "malformed" | "too-large";
export const formFaultStatus: Readonly<Record<FormFault, number>> = { foreign: 403, malformed: 400, "too-large": 413 };

/** Two hundred ticked sources and a comment in escaped UTF-8 are a third of this. */
const BODY_LIMIT = 64 * 1024;
const FIELD_LIMIT = 500;
const COMMENT_LIMIT = 1_000;
const known: readonly string[] = Object.values(approvalFields);

export function readApprovalForm({ contentType, fetchSite, body }: Omit<PageRequest, "query" | "method">) {
  // The link's MAC alone keeps other pages out, as they can't know it; this holds even where a link has leaked.
  if (!["", "same-origin", "none"].includes(fetchSite.toLowerCase())) return "foreign" satisfies FormFault;
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) return "malformed" satisfies FormFault;
  if (body.length > BODY_LIMIT) return "too-large" satisfies FormFault;
  const fields = new URLSearchParams(body);
  if (fields.size > FIELD_LIMIT) return "too-large" satisfies FormFault;
  return formOf(fields) ?? ("malformed" satisfies FormFault);
}

function formOf(fields: URLSearchParams): ApprovalForm | null {
  if ([...fields.keys()].some((name) => !known.includes(name))) return null;
  const decision = only(fields, approvalFields.decision);
  const hash = only(fields, approvalFields.hash);
  const version = only(fields, approvalFields.version);
  const rest = only(fields, approvalFields.rest);
  const comment = only(fields, approvalFields.comment);
  if (decision !== "approve" && decision !== "reject") return null;
  if (!hash || !/^[\w-]{1,64}$/.test(hash)) return null;
  if (version === null || !/^([1-9]\d{0,8})?$/.test(version)) return null;
  if (rest === null || comment === null) return null;
  const sources = fields.getAll(approvalFields.source);
  if (sources.some((source) => !/^[\da-f:.]{2,45}\/\d{1,3}$/.test(source))) return null;
  return { decision, hash, sources, rest: rest !== "", comment: [...comment].slice(0, COMMENT_LIMIT).join("") };
}

/** Empty where the field is absent, null where it stands twice: the second could be read by somebody else. */
function only(fields: URLSearchParams, name: string): string | null {
  const values = fields.getAll(name);
  return values.length > 1 ? null : (values[0] ?? "");
}
