/** Why a person may not ban a source, in words, and what they can do instead. Pure. */
import { parseCidr } from "../domain/cidr.ts";
import { meetsAny, meetsSpecialPurpose } from "../domain/never-block.ts";
import type { GuardRefusal } from "./guards.ts";
import { readCidrs } from "./guards.ts";

export function refusalText({ why, matched }: GuardRefusal, egress: readonly string[]): string {
  if (why === "too-wide")
    return `It is wider than a ${matched}, the widest range that may be banned. Ban the parts of it that call, or limit it with a rule of your own in the web ACL.`;
  if (why === "allow-listed")
    return `${matched} is on an allow list, which wins. Take it off there first: out of \`allowList\` of the config, or out of the IP set that holds it.`;
  return `${matched} is never blocked: ${neverText(matched, egress)}`;
}

function neverText(matched: string, egress: readonly string[]): string {
  const range = parseCidr(matched);
  if (range && meetsSpecialPurpose(range))
    return "nobody on the internet calls from this special-purpose range. If the logs show it, a proxy stands before the web ACL: find the caller behind it.";
  if (range && meetsAny(range, readCidrs(egress)))
    return "it is `egress` of the config, from where your own servers call. If it no longer is yours, take it out there and deploy.";
  return "CloudFront calls from it for everybody. Look in the log for the viewer behind it.";
}
