/**
 * What the edge adds to the cryptography: a whole request through the proxy beside the bare primitives (base64
 * decode, JSON.parse, HMAC, JSON.stringify, base64 encode) on the same body, by turns in the same process.
 */
import { createHmac } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { readEvent } from "../functions/edge/origin-request.ts";
import { createProxy } from "../functions/edge/proxy.ts";
import type { Section } from "./section.ts";

const CLIENT_ID = "1example23456789abcdefgh";
const SECRET = "a-client-secret-for-benchmarks-of-fifty-one-letters";
const document = {
  gates: ["GateGateGateGateGateGa"],
  tagKey: "0123456789abcdef0123456789abcdef",
  clients: { [CLIENT_ID]: { secrets: [SECRET] } },
};
const secrets = { read: () => Promise.resolve(document) };
const cognito = { send: () => Promise.reject(new Error("not asked")) };
const proxy = createProxy({ secrets, cognito, region: "us-east-1" });

const common = { ClientId: CLIENT_ID, ClientMetadata: {} };
/** Bodies as Amplify sends them. */
const calls: readonly { readonly operation: string; readonly body: object }[] = [
  {
    operation: "SignUp",
    body: {
      Username: "alice@example.com",
      Password: "correct horse battery staple",
      UserAttributes: [
        { Name: "email", Value: "alice@example.com" },
        { Name: "name", Value: "Alice Example" },
      ],
      ...common,
    },
  },
  {
    operation: "InitiateAuth",
    body: {
      ...common,
      AuthFlow: "USER_SRP_AUTH",
      AuthParameters: { USERNAME: "alice@example.com", SRP_A: "f".repeat(768) },
    },
  },
  {
    operation: "RespondToAuthChallenge",
    body: {
      ...common,
      ChallengeName: "PASSWORD_VERIFIER",
      ChallengeResponses: {
        USERNAME: "3f1c9a52-0000-4000-8000-000000000000",
        PASSWORD_CLAIM_SECRET_BLOCK: "A".repeat(1500),
        PASSWORD_CLAIM_SIGNATURE: "A".repeat(44),
        TIMESTAMP: "Mon Mar 2 04:05:06 UTC 2026",
      },
    },
  },
  { operation: "GetTokensFromRefreshToken", body: { ...common, RefreshToken: "A".repeat(1800) } },
  { operation: "GetUser", body: { AccessToken: "A".repeat(1100) } },
];

export interface EdgeTiming {
  readonly operation: string;
  readonly microseconds: number;
  readonly p99: number;
  readonly bare: number;
  readonly ratio: number;
}

export async function measureEdge(rounds = 10_000): Promise<EdgeTiming[]> {
  const timings: EdgeTiming[] = [];
  for (const { operation, body } of calls) {
    const event = edgeEvent(operation, body);
    await timeBoth(event, rounds / 5);
    const { edge, bare } = await timeBoth(event, rounds);
    const [microseconds, median] = [quantile(edge, 0.5), quantile(bare, 0.5)];
    timings.push({ operation, microseconds, p99: quantile(edge, 0.99), bare: median, ratio: microseconds / median });
  }
  return timings;
}

async function timeBoth(event: ReturnType<typeof edgeEvent>, rounds: number) {
  const edge: number[] = [];
  const bare: number[] = [];
  const data = event.Records[0]?.cf.request.body.data ?? "";
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const read = readEvent(event);
    if (read.kind === "origin-request") await proxy(read);
    const middle = performance.now();
    barePrimitives(data);
    bare.push(performance.now() - middle);
    edge.push(middle - start);
  }
  return { edge, bare };
}

function barePrimitives(data: string): string {
  const body: Record<string, unknown> = JSON.parse(Buffer.from(data, "base64").toString());
  const hash = createHmac("sha256", SECRET).update(`alice@example.com${CLIENT_ID}`).digest("base64");
  return Buffer.from(JSON.stringify({ ...body, SecretHash: hash })).toString("base64");
}

function quantile(milliseconds: number[], share: number): number {
  milliseconds.sort((a, b) => a - b);
  return 1000 * (milliseconds[Math.floor(share * milliseconds.length)] ?? 0);
}

/** A browser's request as CloudFront hands it on. */
function edgeEvent(operation: string, body: object) {
  const data = Buffer.from(JSON.stringify(body)).toString("base64");
  const headers = {
    Host: "cognito-idp.eu-west-1.amazonaws.com",
    "Content-Type": "application/x-amz-json-1.1",
    "Content-Length": "1000",
    "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
    "X-Amz-User-Agent": "aws-amplify/6.22.1 auth/1 framework/100",
    "User-Agent":
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
    Accept: "*/*",
    "Accept-Encoding": "gzip, br",
    "Accept-Language": "en",
    "Cache-Control": "no-store",
    Origin: "https://app.example",
    Referer: "https://app.example/",
    "Sec-Fetch-Mode": "cors",
    "X-Forwarded-For": "203.0.113.7",
    Via: "2.0 d111111abcdef8.cloudfront.net (CloudFront)",
  };
  const customHeaders = {
    "x-portcullis-secret": "arn:aws:secretsmanager:us-east-1:111122223333:secret:portcullis/clients-Ab12Cd",
    "x-portcullis-secret-regions": "us-east-1",
    "x-portcullis-clients": CLIENT_ID,
    "x-portcullis-refresh": "rewrite",
  };
  const custom = {
    customHeaders: keyed(customHeaders),
    domainName: headers.Host,
    keepaliveTimeout: 5,
    path: "",
    port: 443,
    protocol: "https",
    readTimeout: 30,
    sslProtocols: ["TLSv1.2"],
  };
  const request = {
    clientIp: "203.0.113.7",
    method: "POST",
    uri: "/",
    querystring: "",
    headers: keyed(headers),
    body: { action: "read-only", data, encoding: "base64", inputTruncated: false },
    origin: { custom },
  };
  const requestId = "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==";
  const config = {
    distributionDomainName: "d1.cloudfront.net",
    distributionId: "E1",
    eventType: "origin-request",
    requestId,
  };
  return { Records: [{ cf: { config, request } }] };
}

function keyed(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), [{ key, value }]]));
}

/** Megabytes of heap in use after each 100,000 requests, the garbage collected: a leak shows as growth. */
export async function measureMemory(batches = 4): Promise<number[]> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const events = calls.map(({ operation, body }) => edgeEvent(operation, body));
  const heaps: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    for (let count = 0; count < 100_000; count++) {
      const read = readEvent(events[count % events.length]);
      if (read.kind === "origin-request") await proxy(read);
    }
    collect();
    heaps.push(process.memoryUsage().heapUsed / 1e6);
  }
  return heaps;
}

/** The section of docs/benchmarks.md. */
export async function benchEdge(): Promise<Section> {
  const measured = await measureEdge();
  const rows = measured.map(({ operation, microseconds, p99, bare, ratio }) =>
    [operation, microseconds.toFixed(1), p99.toFixed(1), bare.toFixed(1), ratio.toFixed(2)].join(" | "),
  );
  const heaps = (await measureMemory()).map((megabytes) => megabytes.toFixed(1)).join(", ");
  const text = [
    "Microseconds for one request through the proxy. *Bare* is base64 decoding, `JSON.parse`, one HMAC, `JSON.stringify` and base64",
    "encoding of the same body, by turns in the same process. The proxy computes a second HMAC, the user tag, where the request",
    "names a user; where it names none it computes neither, and a body that goes on byte for byte it does not even parse: so a",
    "ratio can be below one. Target: a median ratio of at most 2.",
    "",
    "| operation | median | p99 | bare | ratio |",
    "|---|---:|---:|---:|---:|",
    ...rows.map((row) => `| ${row} |`),
    "",
    `Megabytes of heap in use after each 100,000 requests: ${heaps}.`,
  ].join("\n");
  const figures = measured.map(({ operation, ratio }) => ({
    what: operation,
    beside: "bare primitives",
    ratio,
    aim: 2,
  }));
  return { text, figures };
}

if (process.argv[1] === import.meta.filename) console.log((await benchEdge()).text);
