import { execFileSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { cognitoEndpoint } from "../../functions/edge/aws/cognito-endpoint.ts";
import type { CognitoRequest } from "../../functions/edge/ports.ts";

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly body: string;
}

/** What the server does, request by request; the last one stands for all further requests. */
let behaviour: ((response: ServerResponse) => unknown)[];
let received: Received[];
let sockets: Set<Socket>;
let server: Server;
let endpoint: string;

const onRequest: RequestListener = async (request, response) => {
  const { headers, method, url: path } = request;
  received.push({ headers, method, path, body: await text(request) });
  (behaviour.length > 1 ? behaviour.shift() : behaviour[0])?.(response);
};

function listen(made: Server): Promise<number> {
  made.on("connection", (socket: Socket) => void sockets.add(socket));
  return new Promise((resolve) => made.listen(0, "127.0.0.1", () => resolve((made.address() as AddressInfo).port)));
}

beforeEach(async () => {
  behaviour = [answers()];
  received = [];
  sockets = new Set();
  server = createServer(onRequest);
  endpoint = `http://127.0.0.1:${await listen(server)}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const environment = { ...process.env };
beforeEach(() => {
  process.env = { ...environment, AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: SECRET_KEY };
  delete process.env.AWS_SESSION_TOKEN;
  delete process.env.AWS_ENDPOINT_URL;
});
afterEach(() => {
  process.env = environment;
});

const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const answers =
  (body = '{"ok":true}', status = 200) =>
  (response: ServerResponse) =>
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": "1" }).end(body);
const resets = (response: ServerResponse) => response.socket?.resetAndDestroy();

const aCognitoRequest = (over: Partial<CognitoRequest> = {}): CognitoRequest => ({
  host: "cognito-idp.eu-west-1.amazonaws.com",
  headers: {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AWSCognitoIdentityProviderService.AdminInitiateAuth",
    "user-agent": "test-agent/1.0  with  spaces",
    "x-amz-user-agent": "aws-amplify/6",
  },
  body: '{"ClientId":"hunter2","name":"Zoë"}',
  signed: false,
  ...over,
});

describe("what is sent", () => {
  test("an unsigned call goes out as it was given, with the host and the length", async () => {
    const answer = await cognitoEndpoint({ endpoint }).send(aCognitoRequest());
    expect(answer).toMatchObject({ status: 200, body: '{"ok":true}', headers: { "x-amzn-requestid": "1" } });
    const { headers, body } = aCognitoRequest();
    expect(received).toEqual([
      {
        method: "POST",
        path: "/",
        body,
        headers: { ...headers, host: new URL(endpoint).host, "content-length": "36", connection: "keep-alive" },
      },
    ]);
  });

  test.each([400, 403, 429, 500, 503])("status %i is an answer like any other", async (status) => {
    behaviour = [answers('{"__type":"X"}', status)];
    expect(await cognitoEndpoint({ endpoint }).send(aCognitoRequest())).toMatchObject({
      status,
      body: '{"__type":"X"}',
    });
    expect(received).toHaveLength(1);
  });

  test.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"])("%s leads there", async (name) => {
    process.env.AWS_ENDPOINT_URL = "http://127.0.0.1:1";
    process.env[name] = endpoint;
    await cognitoEndpoint().send(aCognitoRequest());
    expect(received).toHaveLength(1);
  });

  test("what belongs to the connection or the signature is never taken from the caller", async () => {
    const forged = {
      authorization: "AWS4-HMAC-SHA256 Credential=forged",
      "x-amz-security-token": "forged",
      "x-amz-date": "20150830T123600Z",
      "x-amz-content-sha256": "forged",
      host: "forged.example",
      connection: "close",
    };
    for (const signed of [true, false]) {
      const plain = aCognitoRequest({ signed });
      await cognitoEndpoint({ endpoint }).send({ ...plain, headers: { ...plain.headers, ...forged } });
    }
    expect(JSON.stringify(received)).not.toMatch(/forged|20150830T123600Z/);
  });
});

/** Signature Version 4 by hand, from the specification's text. */
function signatureOf({ headers, body }: Received, signedHeaders: string, region: string): string {
  const hash = (value: string) => createHash("sha256").update(value).digest("hex");
  const hmac = (key: string | Buffer, value: string) => createHmac("sha256", key).update(value).digest();
  const names = signedHeaders.split(";");
  const canonical = [
    "POST",
    "/",
    "",
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    signedHeaders,
    hash(body),
  ];
  const date = String(headers["x-amz-date"]);
  const scope = [date.slice(0, 8), region, "cognito-idp", "aws4_request"];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${SECRET_KEY}`);
  return hmac(key, ["AWS4-HMAC-SHA256", date, scope.join("/"), hash(canonical.join("\n"))].join("\n")).toString("hex");
}

describe("signed calls", () => {
  test.each([
    { case: "without a session", token: undefined, signed: "content-type;host;x-amz-date;x-amz-target" },
    {
      case: "with one",
      token: "IQoJb3JpZ2luX2VjEXAMPLE",
      signed: "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
    },
  ])("$case: five headers at most, and the signature is the specification's", async ({ token, signed }) => {
    if (token) process.env.AWS_SESSION_TOKEN = token;
    await cognitoEndpoint({ endpoint }).send(aCognitoRequest({ signed: true }));
    const [call] = received as [Received];
    const day = String(call.headers["x-amz-date"]).slice(0, 8);
    expect(call.headers.authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${day}/eu-west-1/cognito-idp/aws4_request, ` +
        `SignedHeaders=${signed}, Signature=${signatureOf(call, signed, "eu-west-1")}`,
    );
    expect(call.headers["x-amz-security-token"]).toBe(token);
    expect(call.headers["user-agent"]).toBe("test-agent/1.0  with  spaces");
  });

  test("the Region is the one of the host, not the function's", async () => {
    process.env.AWS_REGION = "us-east-1";
    const host = "cognito-idp.ap-southeast-2.amazonaws.com";
    await cognitoEndpoint({ endpoint }).send(aCognitoRequest({ signed: true, host }));
    expect(received[0]?.headers.authorization).toContain("/ap-southeast-2/cognito-idp/");
  });

  test("credentials that Lambda has renewed are used from the next call on", async () => {
    const cognito = cognitoEndpoint({ endpoint });
    await cognito.send(aCognitoRequest({ signed: true }));
    process.env.AWS_ACCESS_KEY_ID = "AKIDRENEWED";
    await cognito.send(aCognitoRequest({ signed: true }));
    expect(received[1]?.headers.authorization).toContain("Credential=AKIDRENEWED/");
  });

  test("without credentials nothing is sent", async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    const sent = cognitoEndpoint({ endpoint }).send(aCognitoRequest({ signed: true }));
    await expect(sent).rejects.toMatchObject({ name: "RetryableError", cause: { name: "CredentialsProviderError" } });
    expect(received).toHaveLength(0);
  });
});

describe("connections", () => {
  test("one is kept for the calls that follow", async () => {
    const cognito = cognitoEndpoint({ endpoint });
    for (let call = 0; call < 5; call++) await cognito.send(aCognitoRequest());
    expect(received).toHaveLength(5);
    expect(sockets.size).toBe(1);
  });

  test("those that were closed while the function was frozen cost a second try, no failure", async () => {
    const cognito = cognitoEndpoint({ endpoint });
    await Promise.all([cognito.send(aCognitoRequest()), cognito.send(aCognitoRequest())]);
    // The news is on its way, but this process gets no turn to see it before it writes: that is what a thaw is.
    for (const socket of sockets) socket.resetAndDestroy();
    expect(await cognito.send(aCognitoRequest())).toMatchObject({ status: 200 });
    expect(received).toHaveLength(3);
    expect(sockets.size).toBe(3);
  });

  test("one that breaks before an answer is tried once more", async () => {
    behaviour = [resets, answers()];
    expect(await cognitoEndpoint({ endpoint }).send(aCognitoRequest())).toMatchObject({ status: 200 });
    expect(received).toHaveLength(2);
  });

  test("and not a third time", async () => {
    behaviour = [resets];
    await expect(cognitoEndpoint({ endpoint }).send(aCognitoRequest())).rejects.toMatchObject({
      name: "RetryableError",
      cause: { code: "ECONNRESET" },
    });
    expect(received).toHaveLength(2);
  });

  test("one that breaks within an answer is not tried again", async () => {
    behaviour = [
      (response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("half of", () => resets(response));
      },
    ];
    await expect(cognitoEndpoint({ endpoint }).send(aCognitoRequest())).rejects.toMatchObject({
      name: "RetryableError",
    });
    expect(received).toHaveLength(1);
  });

  test("nobody there: no second try, and the error names the host only", async () => {
    server.close();
    const error = await cognitoEndpoint({ endpoint })
      .send(aCognitoRequest({ signed: true }))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "RetryableError", cause: { code: "ECONNREFUSED" } });
    expect(error.message).toContain(new URL(endpoint).host);
  });
});

describe("limits", () => {
  test("no connection within a second, no head or no end of an answer within five: given up, without another try", async () => {
    const from = performance.now();
    const timed = async (send: Promise<unknown>) => {
      await expect(send).rejects.toMatchObject({ name: "RetryableError" });
      return performance.now() - from;
    };
    const silent = () => undefined;
    const endless = (response: ServerResponse) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(" "), 100);
      response.on("close", () => clearInterval(drip));
    };
    behaviour = [silent, endless];
    const unresolved = { lookup: silent };
    const [connecting, ...attempts] = await Promise.all([
      timed(cognitoEndpoint({ endpoint: "http://pool.example", connection: unresolved }).send(aCognitoRequest())),
      timed(cognitoEndpoint({ endpoint }).send(aCognitoRequest())),
      timed(cognitoEndpoint({ endpoint }).send(aCognitoRequest())),
    ]);
    expect(connecting).toBeGreaterThan(900);
    expect(connecting).toBeLessThan(2_000);
    for (const attempt of attempts) {
      expect(attempt).toBeGreaterThan(4_900);
      expect(attempt).toBeLessThan(6_500);
    }
    expect(received).toHaveLength(2);
  });

  test.each([
    { bytes: 1_048_576, outcome: "is read" },
    { bytes: 1_048_577, outcome: "is refused" },
  ])("an answer of $bytes bytes $outcome", async ({ bytes, outcome }) => {
    behaviour = [answers("a".repeat(bytes))];
    const sent = cognitoEndpoint({ endpoint }).send(aCognitoRequest());
    if (outcome === "is read") expect((await sent).body).toHaveLength(bytes);
    else await expect(sent).rejects.toMatchObject({ name: "RetryableError", cause: { name: "RangeError" } });
  });

  test.each([
    { case: "a reset", act: resets },
    { case: "no HTTP", act: (response: ServerResponse) => response.socket?.end("hunter2 is no HTTP\r\n\r\n") },
    { case: "a huge answer", act: answers("hunter2".repeat(200_000)) },
  ])("$case: the error quotes neither the request nor the credentials", async ({ act }) => {
    behaviour = [act];
    const error = await cognitoEndpoint({ endpoint })
      .send(aCognitoRequest({ signed: true }))
      .catch((thrown) => thrown);
    expect(error.name).toBe("RetryableError");
    const told = [error, error.cause].map((each) => `${each.message} ${each.stack} ${JSON.stringify(each)}`).join();
    expect(told).not.toMatch(/hunter2|EXAMPLE|AdminInitiateAuth/);
  });
});

describe("by default", () => {
  let folder: string;
  let tls: { key: Buffer; cert: Buffer };
  const host = "cognito-idp.eu-west-1.amazonaws.com";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-tls-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")] as const;
    const made = ["-keyout", key, "-out", cert, "-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...kind, ...made], { stdio: "pipe" });
    tls = { key: readFileSync(key), cert: readFileSync(cert) };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("the host is asked over TLS on its own name, and a certificate of nobody's is not accepted", async () => {
    const secure = createTlsServer(tls, onRequest);
    const port = await listen(secure as unknown as Server);
    // An agent's options win over a request's: the name stays, the machine is ours.
    const here = { port, lookup: loopback };
    try {
      const answer = await cognitoEndpoint({ connection: { ...here, ca: tls.cert } }).send(aCognitoRequest());
      expect(answer.status).toBe(200);
      expect(received[0]?.headers.host).toBe(host);
      const distrustful = cognitoEndpoint({ connection: here }).send(aCognitoRequest());
      await expect(distrustful).rejects.toMatchObject({ cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } });
      expect(received).toHaveLength(1);
    } finally {
      secure.closeAllConnections();
      secure.close();
    }
  });
});

type Found = (error: null, addresses: { address: string; family: number }[]) => void;
function loopback(_name: string, _options: unknown, found: Found): void {
  found(null, [{ address: "127.0.0.1", family: 4 }]);
}
