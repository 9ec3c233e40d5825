/** Each JavaScript snippet, as it is printed, signs a user in through the edge. Python's is in the conformance tests. */
import { join } from "node:path";
import { build } from "esbuild";

import { CLIENT_ID } from "../../edge/builders.ts";
import { POOL_ID } from "../proxied-pool.ts";
import { ALICE, aPoolWithAlice, operations, type ProxiedPool } from "./builders.ts";
import { aWorkshop, type Workshop } from "./printed-snippets.ts";

let pool: ProxiedPool;
let workshop: Workshop;
beforeEach(async () => {
  pool = await aPoolWithAlice();
  workshop = aWorkshop();
});
afterEach(async () => {
  workshop.remove();
  await pool.stop();
});

// What an app does after it is configured; prints whose session it got.
const amplifyApp = `
import { fetchAuthSession, signIn } from "aws-amplify/auth";
const [username, password] = process.argv.slice(2);
await signIn({ username, password });
console.log((await fetchAuthSession({ forceRefresh: true })).tokens.accessToken.payload.sub);
`;
const identityApp = `
import { AuthenticationDetails, CognitoUser } from "amazon-cognito-identity-js";
const [Username, Password] = process.argv.slice(2);
const user = new CognitoUser({ Username, Pool: userPool });
user.authenticateUser(new AuthenticationDetails({ Username, Password }), {
  onFailure: (error) => console.error(error),
  onSuccess: (session) => user.refreshSession(session.getRefreshToken(), (error, next) =>
    error ? console.error(error) : console.log(next.getAccessToken().payload.sub)),
});
`;
const sdkApp = `
import { GetTokensFromRefreshTokenCommand, GetUserCommand, InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
const [USERNAME, PASSWORD] = process.argv.slice(2);
const signIn = { AuthFlow: "USER_PASSWORD_AUTH", ClientId: clientId, AuthParameters: { USERNAME, PASSWORD } };
const { AuthenticationResult } = await cognito.send(new InitiateAuthCommand(signIn));
const refresh = { ClientId: clientId, RefreshToken: AuthenticationResult.RefreshToken };
const refreshed = await cognito.send(new GetTokensFromRefreshTokenCommand(refresh));
const { AccessToken } = refreshed.AuthenticationResult;
console.log((await cognito.send(new GetUserCommand({ AccessToken }))).Username);
`;
const srp = ["InitiateAuth", "RespondToAuthChallenge", "GetTokensFromRefreshToken"];

test.each([
  { kind: "amplify-js", app: amplifyApp, calls: srp },
  { kind: "identity-sdk", app: identityApp, calls: srp },
  { kind: "aws-sdk-js", app: sdkApp, calls: ["InitiateAuth", "GetTokensFromRefreshToken", "GetUser"] },
])("the snippet for $kind runs in node as it is", async ({ kind, app, calls }) => {
  const file = workshop.write("app.mjs", `${await workshop.print(kind, pool.viewerUrl)}${app}`);
  const said = await workshop.run(process.execPath, file, ALICE.username, ALICE.password);
  expect(said.trim()).toBe(pool.users.find(ALICE.username)?.sub);
  expect(operations(pool)).toEqual(calls);
});

test("the snippet for amplify-gen2 runs when bundled, and the endpoint in the outputs does not count", async () => {
  const auth = { aws_region: "eu-west-1", user_pool_id: POOL_ID, user_pool_client_id: CLIENT_ID };
  const outputs = { version: "1.4", auth: { ...auth, endpoint: "https://nowhere.example" } };
  workshop.write("amplify_outputs.json", JSON.stringify(outputs));
  const source = workshop.write("app.js", `${await workshop.print("amplify-gen2", pool.viewerUrl)}${amplifyApp}`);
  const outfile = `${workshop.folder}/bundle.mjs`;
  await build({ entryPoints: [source], outfile, bundle: true, packages: "external", format: "esm", platform: "node" });
  const said = await workshop.run(process.execPath, outfile, ALICE.username, ALICE.password);
  expect(said.trim()).toBe(pool.users.find(ALICE.username)?.sub);
  expect(operations(pool)).toEqual(srp);
});

test("the JavaScript snippets are TypeScript as well", async () => {
  const kinds = ["amplify-js", "amplify-gen2", "identity-sdk", "aws-sdk-js"];
  workshop.write("amplify_outputs.json", JSON.stringify({ version: "1.4", auth: { user_pool_id: POOL_ID } }));
  const files = kinds.map(async (kind) => workshop.write(`${kind}.ts`, await workshop.print(kind, pool.viewerUrl)));
  const options = ["--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck", "--resolveJsonModule"];
  const modules = ["--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022"];
  const tsc = join(import.meta.dirname, "../../../node_modules/typescript/bin/tsc");
  expect(await workshop.run(process.execPath, tsc, ...options, ...modules, ...(await Promise.all(files)))).toBe("");
});
