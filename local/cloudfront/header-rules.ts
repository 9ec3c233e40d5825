/** The header rules of origin-request functions ("Restrictions on edge functions" in the CloudFront guide). */

type Values = readonly { readonly key?: string | undefined; readonly value: string }[];
type Headers = Readonly<{ [name: string]: Values }>;

const READ_ONLY: ReadonlySet<string> = new Set([
  "accept-encoding",
  "content-length",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "transfer-encoding",
  "via",
]);

const DISALLOWED =
  /^(connection|expect|keep-alive|proxy-.*|trailer|upgrade|x-accel-.*|x-amz-cf-.*|x-amzn-auth|x-amzn-cf-.*|x-amzn-errortype|x-amzn-requestid|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$/;

/** The first rule that `returned` breaks against what the function was given; null if it breaks none. */
export function findHeaderProblem(returned: Headers, given: Headers): string | null {
  for (const [name, values] of Object.entries(returned)) {
    const problem = findProblem(name, values, given[name]);
    if (problem) return problem;
  }
  const removed = Object.keys(given).find((name) => READ_ONLY.has(name) && !Object.hasOwn(returned, name));
  return removed ? `the header ${removed} is read-only and was removed` : null;
}

function findProblem(name: string, values: Values, given: Values | undefined): string | null {
  if (name !== name.toLowerCase()) return `the header ${name} is not in lower case`;
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return `${JSON.stringify(name)} is no header name`;
  if (values.length === 0) return `the header ${name} has no value`;
  for (const { key, value } of values) {
    if (key !== undefined && key.toLowerCase() !== name) return `the header ${name} has the key ${key}`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) return `the header ${name} holds a control character`;
  }
  if (isSame(values, given)) return null;
  if (READ_ONLY.has(name)) return `the header ${name} is read-only`;
  return DISALLOWED.test(name) ? `the header ${name} may not be set` : null;
}

function isSame(values: Values, given: Values | undefined): boolean {
  return given?.length === values.length && values.every(({ value }, index) => value === given[index]?.value);
}
