import { type FunctionUrl, openFunctionUrl } from "../../local/lambda/function-url.ts";
import type { FunctionEnd } from "../../local/ports.ts";
import { anAssembly } from "./assembly-builder.ts";
import { plainClock } from "./builders.ts";

const Approval = { Type: "AWS::Lambda::Function", Properties: { FunctionName: "portcullis-approval" } };
const Live = { Type: "AWS::Lambda::Alias", Properties: { Name: "live", FunctionName: { Ref: "Approval" } } };
const url = (AuthType: string) => ({
  Type: "AWS::Lambda::Url",
  Properties: { AuthType, Qualifier: "live", TargetFunctionArn: { "Fn::GetAtt": ["Approval", "Arn"] } },
});
const permission = (Action: string, more: Record<string, unknown>) => ({
  Type: "AWS::Lambda::Permission",
  Properties: { Action, FunctionName: { Ref: "Live" }, Principal: "*", ...more },
});
const InvokeUrl = permission("lambda:InvokeFunctionUrl", { FunctionUrlAuthType: "NONE" });
const Invoke = permission("lambda:InvokeFunction", { InvokedViaFunctionUrl: true });
const complete = { Approval, Live, Url: url("NONE"), InvokeUrl, Invoke };

let opened: FunctionUrl;
let events: unknown[];
let end: FunctionEnd;

async function open(resources: Record<string, unknown>): Promise<void> {
  opened = await openFunctionUrl(plainClock);
  opened.serve(anAssembly({ resources }), {
    invoke: async (functionArn, event) => {
      events.push({ functionArn, event });
      return end;
    },
  });
}
beforeEach(() => {
  events = [];
  end = { ok: true, payload: { statusCode: 200, body: "fine" } };
});
afterEach(() => opened.stop());

const lastEvent = () => (events.at(-1) as { event: Record<string, unknown> }).event;

test("a request reaches the alias in payload format 2.0", async () => {
  await open(complete);
  const answer = await fetch(`${opened.url}p/1?id=a&id=b&x=%20`, { headers: { cookie: "a=1; b=2", "X-Custom": "v" } });
  expect(await answer.text()).toBe("fine");
  expect(events[0]).toMatchObject({
    functionArn: "arn:aws:lambda:us-east-1:111122223333:function:portcullis-approval:live",
    event: {
      version: "2.0",
      rawPath: "/p/1",
      rawQueryString: "id=a&id=b&x=%20",
      queryStringParameters: { id: "a,b", x: " " },
      cookies: ["a=1", "b=2"],
      headers: { "x-custom": "v" },
      requestContext: { http: { method: "GET", path: "/p/1" }, time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:/) },
      isBase64Encoded: false,
    },
  });
  expect(lastEvent()).not.toHaveProperty("body");
});

test.each([
  { case: "a form arrives in base64", type: "application/x-www-form-urlencoded", body: "YT1i", isBase64Encoded: true },
  { case: "JSON arrives as text", type: "application/json; charset=utf-8", body: "a=b", isBase64Encoded: false },
])("$case", async ({ type, body, isBase64Encoded }) => {
  await open(complete);
  await fetch(opened.url, { method: "POST", headers: { "content-type": type }, body: "a=b" });
  expect(lastEvent()).toMatchObject({ body, isBase64Encoded });
});

test("status, headers, cookies and a binary body go back", async () => {
  await open(complete);
  const body = Buffer.from("<html>").toString("base64");
  end = {
    ok: true,
    payload: {
      statusCode: 409,
      headers: { "Content-Type": "text/html" },
      cookies: ["a=1"],
      body,
      isBase64Encoded: true,
    },
  };
  const answer = await fetch(opened.url);
  expect([answer.status, answer.headers.get("content-type"), answer.headers.get("set-cookie")]).toEqual([
    409,
    "text/html",
    "a=1",
  ]);
  expect(await answer.text()).toBe("<html>");
});

test("an answer without status is the body itself", async () => {
  await open(complete);
  end = { ok: true, payload: { a: 1 } };
  expect(await (await fetch(opened.url)).json()).toEqual({ a: 1 });
});

test("a function that failed is 502 and tells nothing of its error", async () => {
  await open(complete);
  end = { ok: false, errorType: "Error", errorMessage: "the key is 123", trace: [] };
  const answer = await fetch(opened.url);
  expect(answer.status).toBe(502);
  expect(await answer.text()).not.toContain("123");
});

test.each([
  { case: "wants IAM", resources: { ...complete, Url: url("AWS_IAM") } },
  { case: "lacks the permission on the URL", resources: { Approval, Live, Url: url("NONE"), Invoke } },
  { case: "lacks the permission on the function", resources: { Approval, Live, Url: url("NONE"), InvokeUrl } },
  { case: "is not in the templates", resources: { Approval } },
])("a URL that $case answers 403", async ({ resources }) => {
  await open(resources);
  expect((await fetch(opened.url)).status).toBe(403);
  expect(events).toEqual([]);
});
