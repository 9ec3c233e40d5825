/** The parts of a request that a WAF statement can look at (`FieldToMatch`), after their text transformations. */
import * as z from "zod";

import { NotSupportedError } from "../../functions/domain/errors.ts";
import type { InspectedRequest } from "../ports.ts";
import { onlyEntry, parsePart } from "./template-part.ts";

/** All values of the part: none if the request lacks it, several for a header that was sent twice. */
export type RequestPart = (request: InspectedRequest) => string[];

const none = z.strictObject({});
// `{ name: … }` passes CDK's types and is refused by CloudFormation.
const named = z.strictObject({ Name: z.string().min(1) });

const parts: Readonly<Record<string, (body: unknown, path: string) => RequestPart>> = {
  SingleHeader(body, path) {
    const name = parsePart(named, body, path).Name.toLowerCase();
    return ({ headers }) => headers.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value);
  },
  Method: bare((request) => request.method),
  UriPath: bare((request) => request.uri),
  QueryString: bare((request) => request.args),
};

function bare(read: (request: InspectedRequest) => string) {
  return (body: unknown, path: string): RequestPart => {
    parsePart(none, body, path);
    return (request) => [read(request)];
  };
}

export function requestPart(field: unknown, path: string): RequestPart {
  const [kind, body] = onlyEntry(field, path);
  const part = parts[kind];
  if (!part) throw new NotSupportedError(`${path}: the local WAF cannot look at ${kind}`);
  return part(body, `${path}.${kind}`);
}

const transformations: Readonly<Record<string, (text: string) => string>> = {
  NONE: (text) => text,
  LOWERCASE: (text) => text.toLowerCase(),
};
const transformationList = z.array(z.strictObject({ Priority: z.number().int().min(0), Type: z.string() })).min(1);

/** The transformations of a statement, applied in the order of their priorities. */
export function textTransformation(list: unknown, path: string): (text: string) => string {
  const steps = parsePart(transformationList, list, path)
    .sort((a, b) => a.Priority - b.Priority)
    .map(({ Type }) => {
      const step = transformations[Type];
      if (!step) throw new NotSupportedError(`${path}: the local WAF does not know the transformation ${Type}`);
      return step;
    });
  return (text) => steps.reduce((current, step) => step(current), text);
}
