/** `AdvancedSecurityEnabled` is switched while somebody signs in: the sign-in ends in the variant in which it began. */
import { randomBytes } from "node:crypto";
import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { edgeHeaders } from "../../../functions/domain/edge-config.ts";
import { createSrpClient } from "../../../local/cognito/srp-client.ts";
import { CLIENT_ID } from "../../edge/builders.ts";
import { POOL_ID } from "../proxied-pool.ts";
import { ALICE, operations } from "./builders.ts";
import { aPoolBehind, type Variant, type VariantPool } from "./variants.ts";

const PUBLIC = {};
const ADMIN = { [edgeHeaders.adminPool]: POOL_ID };
const FINISHING = { [edgeHeaders.finishPool]: POOL_ID };

let pool: VariantPool;
afterEach(() => pool.stop());

/** Begins with SRP at one deployment of the proxy and ends at the next. */
async function signInAcross(before: Variant["edge"], after: Variant["edge"], password = ALICE.password) {
  pool = await aPoolBehind({ edge: before });
  const client = (endpoint: string) =>
    new CognitoIdentityProviderClient({ region: "eu-west-1", endpoint, maxAttempts: 1 });
  const srp = createSrpClient(POOL_ID.split("_")[1] ?? "", randomBytes);
  const AuthParameters = { USERNAME: ALICE.username, SRP_A: srp.srpA };
  const begin = new InitiateAuthCommand({ ClientId: CLIENT_ID, AuthFlow: "USER_SRP_AUTH", AuthParameters });
  const { ChallengeName, ChallengeParameters } = await client(pool.viewerUrl).send(begin);
  const ChallengeResponses = srp.answer(ChallengeParameters ?? {}, password, new Date());
  const end = new RespondToAuthChallengeCommand({ ClientId: CLIENT_ID, ChallengeName, ChallengeResponses });
  return client(await pool.deploy(after)).send(end);
}

const REFUSED = ": Invalid session for the user.";
const switches = [
  { case: "on", before: PUBLIC, after: ADMIN, began: "RespondToAuthChallenge", refused: "AdminRespondToAuthChallenge" },
  {
    case: "off",
    before: ADMIN,
    after: PUBLIC,
    began: "AdminRespondToAuthChallenge",
    refused: "RespondToAuthChallenge",
  },
];

test.each(switches)("switched $case with finishSignIns: the sign-in ends as it began", async (each) => {
  const { AuthenticationResult } = await signInAcross(each.before, { ...each.after, ...FINISHING });
  expect(AuthenticationResult?.AccessToken).toEqual(expect.any(String));
  expect(operations(pool).slice(-2)).toEqual([`${each.refused}${REFUSED}`, each.began]);
});

test.each(switches)("switched $case without it: the user begins anew", async ({ before, after }) => {
  await expect(signInAcross(before, after)).rejects.toThrow("Invalid session for the user.");
});

test.each([PUBLIC, ADMIN])("a sign-in that began in the same variant is asked for once", async (variant) => {
  const both = { ...variant, ...FINISHING };
  expect((await signInAcross(both, both)).AuthenticationResult).toBeDefined();
  expect(operations(pool)).toHaveLength(2);
});

test("a wrong password is tried once, in the variant in which the sign-in began", async () => {
  await expect(signInAcross(PUBLIC, { ...ADMIN, ...FINISHING }, "wrong")).rejects.toThrow(
    "Incorrect username or password.",
  );
  expect(operations(pool).filter((call) => call.includes("Incorrect"))).toHaveLength(1);
});
