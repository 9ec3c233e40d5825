import { formatCidr, mergeCidrs, parseCidr } from "./cidr.ts";
import type { Deployment } from "./deployment.ts";

/** The config's allow list as IP sets hold it: by family, canonical, without what another entry covers. */
export function allowListOf({ allowList }: Deployment): { readonly v4: string[]; readonly v6: string[] } {
  const ranges = mergeCidrs(allowList.flatMap((text) => parseCidr(text) ?? []));
  const of = (family: 4 | 6) => ranges.filter((range) => range.family === family).map(formatCidr);
  return { v4: of(4), v6: of(6) };
}
