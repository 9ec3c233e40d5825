/** The Python snippet, as it is printed, and what boto3 makes of the edge's answers. boto3 comes with moto. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import {
  ALICE,
  aPoolWithAlice,
  blocked,
  codeOf,
  operations,
  type ProxiedPool,
  requests,
  unreadable,
  withOtherClient,
} from "../local/clients/builders.ts";
import { aWorkshop, type Workshop } from "../local/clients/printed-snippets.ts";
import { describeWith, python } from "./tools.ts";

let pool: ProxiedPool;
let workshop: Workshop;
let driver: ChildProcessWithoutNullStreams;
let answers: AsyncIterator<string>;

async function start(options: Parameters<typeof aPoolWithAlice>[0] = {}) {
  pool = await aPoolWithAlice(options);
  workshop = aWorkshop();
  workshop.write("cognito.py", await workshop.print("boto3", pool.viewerUrl));
  copyFileSync(join(import.meta.dirname, "boto3/driver.py"), join(workshop.folder, "driver.py"));
  // No AWS credentials anywhere: an unsigned client needs none.
  const env = {
    PATH: process.env["PATH"],
    HOME: workshop.folder,
    AWS_EC2_METADATA_DISABLED: "true",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  driver = spawn(python, ["driver.py"], { cwd: workshop.folder, env });
  driver.stderr.pipe(process.stderr);
  answers = createInterface(driver.stdout)[Symbol.asyncIterator]();
}
async function stop() {
  driver.stdin.end();
  await new Promise((resolve) => driver.once("exit", resolve));
  workshop.remove();
  await pool.stop();
}

interface Said {
  readonly answer: Readonly<Record<string, never>>;
  readonly error?: string;
}

async function send(operation: string, args: object, asClient: boolean): Promise<Said> {
  driver.stdin.write(`${JSON.stringify({ operation, arguments: args, asClient })}\n`);
  return JSON.parse((await answers.next()).value);
}
/** With the snippet's app client, or without where a token says enough. */
const call = (operation: string, args: object) => send(operation, args, true);
const callWithToken = (operation: string, args: object) => send(operation, args, false);
const signIn = ({ username: USERNAME, password: PASSWORD } = ALICE) =>
  call("initiate_auth", { AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME, PASSWORD } });
const tokens = async (): Promise<Readonly<Record<string, string>>> =>
  (await signIn()).answer["AuthenticationResult"] ?? {};

describeWith("moto", "boto3", () => {
  jest.setTimeout(60_000);
  afterEach(stop);

  test("signs a user up, confirms it and signs it in", async () => {
    await start();
    const bob = { username: "bob@example.com", password: "battery staple" };
    await call("sign_up", { Username: bob.username, Password: bob.password });
    expect(await signIn(bob)).toMatchObject({ error: "UserNotConfirmedException", status: 400 });
    await call("confirm_sign_up", { Username: bob.username, ConfirmationCode: codeOf(pool, bob.username) });
    expect((await signIn(bob)).error).toBeUndefined();
  });

  test("refreshes, signs out here and signs out everywhere", async () => {
    await start();
    const [{ RefreshToken }, { AccessToken }] = [await tokens(), await tokens()];
    const refresh = () => call("get_tokens_from_refresh_token", { RefreshToken });
    expect((await refresh()).error).toBeUndefined();
    await call("revoke_token", { Token: RefreshToken });
    expect(await refresh()).toMatchObject({ error: "NotAuthorizedException" });
    await callWithToken("global_sign_out", { AccessToken });
    expect(await callWithToken("get_user", { AccessToken })).toMatchObject({ error: "NotAuthorizedException" });
    expect(operations(pool)).not.toContainEqual(expect.stringContaining("secret"));
  });

  test.each([
    {
      case: "a wrong password",
      options: {},
      ...{
        told: { error: "NotAuthorizedException", message: "Incorrect username or password.", status: 400 },
        count: 1,
      },
    },
    {
      case: "the web ACL",
      options: { judge: () => blocked },
      ...{ told: { error: "ForbiddenException", message: "Request blocked.", status: 403 }, count: 1 },
    },
    {
      case: "an app client that is not configured",
      options: withOtherClient,
      ...{ told: { error: "ResourceNotFoundException", status: 404 }, count: 1 },
    },
    {
      case: "a request that makes no sense",
      options: { judge: () => unreadable },
      ...{ told: { error: "InvalidParameterException", status: 422 }, count: 1 },
    },
    {
      case: "a secret that cannot be read",
      options: { secrets: { read: () => Promise.reject(new Error("Secrets Manager does not answer")) } },
      ...{ told: { error: "InternalErrorException", status: 503 }, count: 3 },
    },
  ])("$case is a typed error, after $count request(s)", async ({ options, told, count }) => {
    await start(options);
    expect(await signIn({ ...ALICE, password: "wrong" })).toMatchObject(told);
    expect(requests(pool)).toBe(count);
  });
});
