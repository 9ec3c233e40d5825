/** What CloudFront demands of a custom origin: as the template writes it, and as a function's result changes it. */
import * as z from "zod";

import { isDisallowed, isNoCustomHeader } from "./header-rules.ts";
import type { Header } from "./viewer.ts";

const MOST_CUSTOM_HEADERS = 30;
const LONGEST_NAME = 256;
const LONGEST_VALUE = 1_783;
const LARGEST_CUSTOM_HEADERS = 10_240;

/** Every limit and name rule that the template's custom headers break; empty if the distribution can be made. */
export function findTemplateHeaderProblems(headers: readonly Header[]): string[] {
  const names = headers.map(({ name }) => name.toLowerCase());
  const size = headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  return [
    ...(headers.length > MOST_CUSTOM_HEADERS ? [`there are ${headers.length}, at most ${MOST_CUSTOM_HEADERS}`] : []),
    ...(size > LARGEST_CUSTOM_HEADERS
      ? [`together they have ${size} characters, at most ${LARGEST_CUSTOM_HEADERS}`]
      : []),
    ...names.filter((name, index) => names.indexOf(name) < index).map((name) => `${name} stands twice`),
    ...headers.flatMap((header) => findTemplateHeaderProblem(header)),
  ];
}

function findTemplateHeaderProblem({ name, value }: Header): string[] {
  if (isNoCustomHeader(name.toLowerCase()) || isDisallowed(name.toLowerCase()))
    return [`${name} may not be added to origin requests`];
  if (name.length > LONGEST_NAME) return [`${name.slice(0, 32)}… has a name of ${name.length} characters`];
  if (value === "") return [`${name} has no value`];
  return value.length > LONGEST_VALUE
    ? [`${name} has a value of ${value.length} characters, at most ${LONGEST_VALUE}`]
    : [];
}

export const headersSchema = z.record(z.string(), z.array(z.object({ key: z.string().optional(), value: z.string() })));

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** `origin` in a function's result. Strict: an S3 origin, or a member that CloudFront does not know, is a mistake. */
export const originSchema = z.strictObject({
  custom: z.looseObject({
    domainName: z
      .string()
      .min(1)
      .max(253)
      .refine((name) => !name.includes(":") && !IPV4.test(name), "is no domain name"),
    path: z
      .string()
      .max(255)
      .regex(/^(\/[^\s]*[^/\s])?$/, "must be empty or start, but not end, with a slash"),
    port: z
      .number()
      .refine((port) => port === 80 || port === 443 || (port >= 1024 && port <= 65_535), "is not allowed"),
    protocol: z.enum(["http", "https"]),
    keepaliveTimeout: z.number().min(1).max(120),
    readTimeout: z.number().min(1).max(120),
    sslProtocols: z.array(z.enum(["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"])),
    customHeaders: headersSchema,
  }),
});
