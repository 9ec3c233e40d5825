import { operations } from "../../functions/edge/operations.ts";
import { secretHash } from "../../functions/edge/secret-hash.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../edge/builders.ts";
import { aCognitoService, type CognitoService } from "./cognito-service.ts";
import { aCognito, aWitness } from "./proxied-pool.ts";

let service: CognitoService;
afterEach(() => service.stop());

async function start(propagatesContext: boolean) {
  const clients = { [CLIENT_ID]: { secrets: [CLIENT_SECRET], propagatesContext } };
  service = await aCognitoService({ cognito: { clients } });
  service.cognito.users.addUser("alice", "correct horse");
}

const hash = (name: string) => secretHash(name, CLIENT_ID, CLIENT_SECRET);
const signIn = (UserContextData: unknown, username = "alice") =>
  service.post("InitiateAuth", {
    ClientId: CLIENT_ID,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: username, PASSWORD: "correct horse", SECRET_HASH: hash(username) },
    UserContextData,
  });
const withContext = operations.filter(({ takesContext }) => takesContext).map(({ name }) => name);

describe("while the client's flag is off", () => {
  beforeEach(() => start(false));

  test.each(withContext)("%s takes no address", async (operation) => {
    const { status, json } = await service.post(operation, {
      ClientId: CLIENT_ID,
      UserContextData: { IpAddress: "203.0.113.7" },
    });
    expect(status).toBe(400);
    expect(json).toEqual({
      __type: "InvalidParameterException",
      message: expect.stringContaining("EnablePropagateAdditionalUserContextData is off"),
    });
    expect(service.cognito.contexts).toEqual([]);
  });

  test.each([{}, { EncodedData: "fingerprint" }, undefined])(
    "a context without address is taken: %p",
    async (context) => {
      expect((await signIn(context)).status).toBe(200);
    },
  );
});

describe("while it is on", () => {
  beforeEach(() => start(true));

  test.each(["203.0.113.7", "2001:db8::7", "2001:DB8:0::7"])("%s is an address", async (IpAddress) => {
    expect((await signIn({ IpAddress })).status).toBe(200);
    expect(service.cognito.contexts.at(-1)?.ipAddress).toBe(IpAddress);
  });

  test.each([
    "",
    "203.0.113.300",
    "203.0.113.0/24",
    "[2001:db8::7]",
    "localhost",
    "203.0.113.7, 198.51.100.1",
    7,
    null,
  ])("%p is none", async (IpAddress) => {
    const { json } = await signIn({ IpAddress });
    expect(json["__type"]).toBe("InvalidParameterException");
  });

  test("the last calls are remembered with what was told of their users, failures included", async () => {
    await signIn({ IpAddress: "203.0.113.7", EncodedData: "fingerprint" });
    await signIn(undefined, "nobody");
    await service.post("ForgotPassword", {
      ClientId: CLIENT_ID,
      Username: "alice",
      SecretHash: hash("alice"),
      UserContextData: { IpAddress: "203.0.113.8" },
    });
    const sub = service.cognito.users.find("alice")?.sub;
    const common = { clientId: CLIENT_ID, sourceIp: "3.80.0.10" };
    expect(service.cognito.contexts).toEqual([
      {
        ...common,
        operation: "InitiateAuth",
        username: "alice",
        sub,
        ipAddress: "203.0.113.7",
        encodedData: "fingerprint",
      },
      { ...common, operation: "InitiateAuth", username: "nobody", sub: null, ipAddress: null, encodedData: null },
      { ...common, operation: "ForgotPassword", username: "alice", sub, ipAddress: "203.0.113.8", encodedData: null },
    ]);
  });

  test("what is no context is refused", async () => {
    expect((await signIn("203.0.113.7")).json["__type"]).toBe("InvalidParameterException");
    expect((await signIn([])).json["__type"]).toBe("InvalidParameterException");
  });

  test("operations that know no context remember none", async () => {
    await service.post("GetTokensFromRefreshToken", {
      ClientId: CLIENT_ID,
      RefreshToken: "t",
      UserContextData: { IpAddress: "rubbish" },
    });
    expect(service.cognito.contexts).toEqual([]);
  });
});

test("a public client cannot have the flag", async () => {
  await start(true);
  const clients = { [CLIENT_ID]: { secrets: [], propagatesContext: true } };
  expect(() => aCognito(aWitness(), { clients })).toThrow("wants a client with a secret");
});
