/** Log files of an afternoon with a few attacks, at documentation addresses: what the picture of a report is about. */

import { drawMix, type Mix, MONDAY } from "../bench/traffic/mix.ts";
import { usualLogs, writeMix } from "../bench/traffic/write-mix.ts";
import { HOUR } from "../functions/domain/instant.ts";

export async function writeSampleLogs(folder: string): Promise<{ waf: string[]; cloudtrail: string[] }> {
  const mix = drawMix({ seed: 1, hours: 3, users: 150, offenders: 12, from: MONDAY + 13 * HOUR });
  const files = await writeMix(folder, atDocumentationAddresses(mix), usualLogs);
  const paths = (kind: string) => files.filter((file) => file.kind === kind).map(({ path }) => path);
  return { waf: paths("waf"), cloudtrail: paths("cloudtrail") };
}

const blocks = ["203.0.113", "198.51.100", "192.0.2"];

/** Networks stay together: whoever called from one range still does. */
function atDocumentationAddresses(mix: Mix): Mix {
  const addresses = [...new Set(mix.calls.map(({ ip }) => ip))].sort();
  const v4 = addresses.filter((ip) => !ip.includes(":"));
  if (v4.length > blocks.length * 254) throw new RangeError(`${v4.length} addresses do not fit: draw fewer people`);
  const renamed = new Map(v4.map((ip, index) => [ip, `${blocks[Math.floor(index / 254)]}.${(index % 254) + 1}`]));
  for (const ip of addresses.filter((each) => each.includes(":"))) renamed.set(ip, asDocumentation(ip));
  return { ...mix, calls: mix.calls.map((call) => ({ ...call, ip: renamed.get(call.ip) ?? call.ip })) };
}

function asDocumentation(ip: string): string {
  return ip.replace(/^[^:]*:[^:]*/, "2001:db8");
}
