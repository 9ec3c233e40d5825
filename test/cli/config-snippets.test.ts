import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";

import { writeSnippets } from "../../cli/config-snippets.ts";
import { type Choice, readTarget } from "../../cli/config-snippets-target.ts";
import { quote, snippetKinds } from "../../cli/config-snippets-texts.ts";
import { parseDeployment } from "../../functions/domain/deployment.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { createCloudFormation } from "../../local/cloudformation.ts";
import { writeLocalFile } from "../../local/demo/local-file.ts";
import { anAssembly } from "../local/assembly-builder.ts";
import { plainClock } from "../local/builders.ts";
import { run } from "./run-command.ts";

const [ONE, TWO] = ["1example23456789abcdefgh", "2example23456789abcdefgh"];
const DOMAIN = "d111111abcdef8.cloudfront.net";
const config = (clientIds: readonly string[]) => ({
  account: "111122223333",
  userPool: { id: "eu-west-1_Ab12Cd34E", clientIds: [...clientIds] },
});
const targetOf = (choice: Partial<Choice> = {}, clientIds: readonly string[] = [ONE]) =>
  readTarget(parseDeployment(config(clientIds), "test"), {
    domain: DOMAIN,
    client: undefined,
    local: false,
    ...choice,
  });

describe("the domain", () => {
  test.each([DOMAIN, "Login.Example.COM", "xn--bcher-kva.example"])("%s is a host name", (domain) => {
    expect(targetOf({ domain })).toMatchObject({ host: domain.toLowerCase(), url: `https://${domain.toLowerCase()}` });
  });

  test.each([
    "",
    "localhost",
    "192.0.2.1",
    "[2001:db8::1]",
    "https://d111111abcdef8.cloudfront.net",
    "d111111abcdef8.cloudfront.net/",
    "d111111abcdef8.cloudfront.net:443",
    "user@example.com",
    'a.example", evil: "',
    "a.example\n",
    "-a.example",
    `${"a".repeat(64)}.example`,
    `${"a.".repeat(126)}example`,
  ])("%j is none", (domain) => {
    expect(() => targetOf({ domain })).toThrow(/is not a host name/);
  });

  test("with --local it may be a server on this machine, and nothing else of a URL", () => {
    const local = (domain: string) => targetOf({ domain, local: true });
    expect(local("http://127.0.0.1:8080/")).toMatchObject({ url: "http://127.0.0.1:8080", host: null });
    for (const domain of ["http://192.0.2.1:80", "http://u@localhost:80", "http://localhost/x?y", "file:///etc/passwd"])
      expect(() => local(domain)).toThrow(/is not a host name or a URL/);
  });
});

describe("the app client", () => {
  test("need not be named where there is one", () => {
    expect(targetOf().clientId).toBe(ONE);
    expect(targetOf({ client: TWO }, [ONE, TWO]).clientId).toBe(TWO);
  });

  test.each([
    { case: "not named among several", client: undefined },
    { case: "none of the config's", client: "3example23456789abcdefgh" },
  ])("$case: the message lists them", ({ client }) => {
    expect(() => targetOf({ client }, [ONE, TWO])).toThrow(`--client: ${ONE}, ${TWO}`);
  });
});

describe("a snippet", () => {
  test("every kind names the proxy, and the pool's own endpoint never", () => {
    const snippets = writeSnippets(targetOf());
    expect(snippets.map(({ id }) => id)).toEqual(snippetKinds.map(({ id }) => id));
    for (const { text } of snippets) {
      expect(text).toContain(DOMAIN);
      expect(text).not.toContain("amazonaws.com");
    }
  });

  test.each(["android", "swift"])("%s takes a bare host name, so it cannot call a port of this machine", (kind) => {
    const [snippet] = writeSnippets(targetOf(), [kind]);
    expect(JSON.parse(snippet?.text ?? "").auth.plugins.awsCognitoAuthPlugin.CognitoUserPool.Default).toEqual({
      ...{ PoolId: "eu-west-1_Ab12Cd34E", AppClientId: ONE, Region: "eu-west-1", Endpoint: DOMAIN },
    });
    const local = targetOf({ domain: "http://127.0.0.1:1", local: true });
    expect(() => writeSnippets(local, [kind])).toThrow(/takes a host name only/);
    expect(writeSnippets(local).map(({ id }) => id)).not.toContain(kind);
  });

  test("a quoted text is one literal that means itself, whatever stands in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(new Function(`return ${quote(text)};`)()).toBe(text);
        expect(quote(text)).not.toMatch(/[\n\r]/); // where Python would end the literal
      }),
    );
  });
});

describe("portcullis config snippets", () => {
  let folder: string;
  let aws: AwsServer;
  const configFile = () => join(folder, "portcullis.config.json");
  const snippets = (...args: string[]) => run("config", "snippets", "--config", configFile(), ...args);

  async function deploy(outputs: Readonly<Record<string, string>>, name = "portcullis-edge") {
    const Outputs = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]));
    const assembly = anAssembly({ name, template: { Outputs } });
    aws.add("cloudformation", createCloudFormation({ assembly, clock: plainClock }));
  }

  beforeAll(async () => {
    aws = await startAwsServer({ clock: plainClock });
    Object.assign(process.env, { AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" });
    folder = mkdtempSync(join(tmpdir(), "portcullis-test-"));
    writeFileSync(configFile(), JSON.stringify(config([ONE])));
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  test("asks the deployed stack for the domain and prints every client's snippet", async () => {
    await deploy({ DistributionDomainName: DOMAIN });
    const { code, out } = await snippets();
    expect(code).toBe(0);
    for (const { text } of writeSnippets(targetOf())) expect(out).toContain(text.trimEnd());
  });

  test("--for one client prints that file and nothing else, --json one document", async () => {
    await deploy({ DistributionDomainName: DOMAIN });
    const [boto3] = writeSnippets(targetOf(), ["boto3"]);
    expect(await snippets("--for", "boto3")).toEqual({ code: 0, out: boto3?.text, err: "" });
    const { out } = await snippets("--for", "boto3", "--json");
    expect(JSON.parse(out)).toMatchObject({ url: `https://${DOMAIN}`, clientId: ONE, snippets: [{ id: "boto3" }] });
  });

  test("--domain is for a name of one's own, and asks nobody", async () => {
    await deploy({}, "another");
    const { code, out } = await snippets("--domain", "login.example.com", "--for", "swift");
    expect([code, out]).toEqual([0, expect.stringContaining('"Endpoint": "login.example.com"')]);
  });

  test("--local is about the demo that runs in this folder", async () => {
    const before = process.cwd();
    const url = "http://127.0.0.1:8787/";
    const urls = { awsEndpoint: url, clockUrl: url, viewerUrl: url, poolUrl: url };
    writeLocalFile(folder, { pid: process.pid, ...urls, config: parseDeployment(config([TWO]), "demo") });
    try {
      process.chdir(folder);
      const { out } = await run("config", "snippets", "--local", "--for", "amplify-js");
      expect(out).toContain('userPoolEndpoint: "http://127.0.0.1:8787"');
      expect(out).toContain(`userPoolClientId: "${TWO}"`);
    } finally {
      process.chdir(before);
    }
  });

  test.each([
    { case: "without a deployment", name: "another", says: "Stack portcullis-edge does not exist; deploy it first" },
    { case: "with an incomplete one", name: "portcullis-edge", says: "has no output DistributionDomainName" },
  ])("$case it says so", async ({ name, says }) => {
    await deploy({}, name);
    expect(await snippets()).toMatchObject({ code: 1, out: "", err: expect.stringContaining(says) });
  });

  test.each([
    { case: "an unknown client", args: ["--for", "cobol"] },
    { case: "a domain that is none", args: ["--domain", "https://x.example"] },
    { case: "a URL without --local", args: ["--domain", "http://127.0.0.1:80"] },
  ])("$case is wrong usage", async ({ args }) => {
    expect(await snippets(...args)).toMatchObject({ code: 2, out: "" });
  });
});
