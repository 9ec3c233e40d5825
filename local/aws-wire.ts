/** How AWS services speak: which operation a call means, and how answers and errors look in each protocol. */
import { randomUUID } from "node:crypto";

import type { AwsAnswer, AwsCall, AwsService, Permission } from "./ports.ts";
import { toXml, type XmlValue } from "./xml.ts";

/** An error as AWS reports it: `code` is the exception's name in every SDK. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the exception, such as `ReasonCode`. */
  readonly fields: Readonly<Record<string, unknown>>;
  constructor(code: string, message: string, options: { status?: number; fields?: Record<string, unknown> } = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
  }
}

/** One operation of a service; what it returns is the answer's body. */
export type Operation<Input, Output> = (input: Input, call: AwsCall) => Output | Promise<Output>;

export interface JsonServiceOptions {
  /** 1.0: DynamoDB, Step Functions, CloudWatch. 1.1: Athena, Cognito, Secrets Manager, WAF, EventBridge. */
  readonly version: "1.0" | "1.1";
  readonly operations: Readonly<Record<string, Operation<unknown, unknown>>>;
  /** ARNs an operation touches, for IAM; without it, or if it gives none, only the action is checked. */
  readonly resources?: (operation: string, input: unknown, call: AwsCall) => readonly string[];
}

/** A service that speaks AWS JSON: `x-amz-target: Prefix.Operation`, one JSON object in, one out. */
export function jsonService({ version, operations, resources }: JsonServiceOptions): AwsService {
  return {
    async call(call) {
      const operation = own(operations, targetOf(call));
      if (!operation) throw unknownOperation(call);
      const output = await operation(jsonBody(call), call);
      const headers = { "content-type": `application/x-amz-json-${version}` };
      return { status: 200, headers, body: output === undefined ? "{}" : JSON.stringify(output) };
    },
    needs(call) {
      const operation = targetOf(call);
      return needsOf(call, operation, resources?.(operation, jsonBody(call), call));
    },
  };
}

export type QueryInput = Readonly<Record<string, string>>;

export interface QueryServiceOptions {
  readonly namespace: string;
  /** EC2 answers without the `…Result` element in between and names its errors otherwise. */
  readonly dialect?: "query" | "ec2";
  readonly operations: Readonly<Record<string, Operation<QueryInput, XmlValue>>>;
  readonly resources?: (operation: string, input: QueryInput, call: AwsCall) => readonly string[];
}

/** A service that speaks AWS query (SNS, STS, CloudFormation) or EC2 query: a form in, XML out. */
export function queryService({ namespace, dialect, operations, resources }: QueryServiceOptions): AwsService {
  return {
    async call(call) {
      const input = formOf(call);
      const name = input.Action ?? "";
      const operation = own(operations, name);
      if (!operation)
        throw new AwsError("InvalidAction", `${name || "(none)"} is no operation of ${call.service} here`);
      const result = await operation(input, call);
      const requestId = randomUUID();
      const content =
        dialect === "ec2"
          ? { requestId, ...(isRecord(result) ? result : {}) }
          : { [`${name}Result`]: result, ResponseMetadata: { RequestId: requestId } };
      return xmlAnswer(200, `${name}Response`, content, namespace);
    },
    needs(call) {
      const input = formOf(call);
      const operation = input.Action ?? "";
      return needsOf(call, operation, resources?.(operation, input, call));
    },
  };
}

/** IAM writes some service names otherwise than SigV4 does. */
const iamPrefixes: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };

function needsOf(call: AwsCall, operation: string, resources: readonly string[] = []): readonly Permission[] {
  const action = `${iamPrefixes[call.service] ?? call.service}:${operation}`;
  if (resources.length === 0) return [{ action, resource: null }];
  return resources.map((resource) => ({ action, resource }));
}

/** Prefixes are not checked: an operation's name is unique within its service. */
export function targetOf(call: AwsCall): string {
  return call.headers["x-amz-target"]?.split(".").at(-1) ?? "";
}

export function jsonBody(call: AwsCall): unknown {
  if (call.body.length === 0) return {};
  try {
    return JSON.parse(call.body.toString("utf8"));
  } catch {
    throw new AwsError("SerializationException", "The request's body is no JSON");
  }
}

function formOf(call: AwsCall): QueryInput {
  return Object.fromEntries(new URLSearchParams(call.body.toString("utf8") || call.query.toString()));
}

export function xmlAnswer(status: number, root: string, content: XmlValue, namespace?: string): AwsAnswer {
  return { status, headers: { "content-type": "text/xml" }, body: toXml(root, content, namespace) };
}

export function unknownOperation(call: AwsCall): AwsError {
  const asked = targetOf(call) || `${call.method} ${call.path}`;
  return new AwsError("UnknownOperationException", `${asked} is no operation of ${call.service} in the local world`);
}

/** An error in the protocol that the call was made in, so that every SDK finds the exception's name. */
export function errorAnswer(call: AwsCall, error: AwsError): AwsAnswer {
  const requestId = randomUUID();
  const described = { Code: error.code, Message: error.message };
  switch (protocolOf(call)) {
    case "json":
      return jsonError(error, requestId);
    case "s3":
      // An answer to HEAD has no body; the SDK then knows the status only, as it does on AWS.
      if (call.method === "HEAD") return { status: error.status, headers: { "x-amz-request-id": requestId }, body: "" };
      return xmlAnswer(error.status, "Error", { ...described, RequestId: requestId });
    case "ec2":
      return xmlAnswer(error.status, "Response", { Errors: { Error: described }, RequestID: requestId });
    case "query":
      return xmlAnswer(error.status, "ErrorResponse", {
        Error: { Type: error.status < 500 ? "Sender" : "Receiver", ...described },
        RequestId: requestId,
      });
  }
}

function jsonError(error: AwsError, requestId: string): AwsAnswer {
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-errortype": error.code,
    "x-amzn-requestid": requestId,
  };
  return {
    status: error.status,
    headers,
    body: JSON.stringify({ __type: error.code, message: error.message, ...error.fields }),
  };
}

function protocolOf(call: AwsCall): "json" | "query" | "ec2" | "s3" {
  if (call.service === "s3" || call.service === "ec2") return call.service;
  const form = call.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  return form ? "query" : "json";
}

function own<T>(operations: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(operations, name) ? operations[name] : undefined;
}

function isRecord(value: XmlValue): value is { readonly [name: string]: XmlValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
