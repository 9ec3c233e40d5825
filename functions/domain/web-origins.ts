/** `allowedOrigins` of the config: origins exactly as clients write them, for the edge compares texts. */

/** Schemes without hosts that could be trusted, and those that are no origin of a page. */
const NEVER = new Set(["about", "blob", "data", "file", "ftp", "javascript", "ws", "wss"]);
/** What the edge function takes from its header (functions/edge/config.ts). */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/;

/** Why no client would ever send this text as its origin, or none should be trusted for it; null if it is fine. */
export function originProblem(text: string): string | null {
  if (text === "null") return "null is the origin of sandboxed frames and local files, which any page can make";
  if (text.includes("*")) return "wildcards are not understood; name each origin";
  if (text !== text.toLowerCase()) return "must be in lower case, as browsers send it";
  const [, scheme = ""] = ORIGIN.exec(text) ?? [];
  if (!scheme) return "must be scheme://host or scheme://host:port, without a path or a slash at the end";
  if (NEVER.has(scheme)) return `${scheme}: is no scheme of pages that can call`;
  return scheme === "http" || scheme === "https" ? webProblem(text) : null;
}

/** Other schemes (capacitor, ionic, …) are compared as they are; for the web's own there is a canonical form. */
function webProblem(text: string): string | null {
  const origin = URL.canParse(text) ? new URL(text).origin : undefined;
  if (origin === undefined) return "is no address of a web page";
  return origin === text ? null : `browsers send it as ${origin}`;
}
