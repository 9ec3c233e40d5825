import fc from "fast-check";

import { type DeploymentInput, parseDeployment } from "../../functions/domain/deployment.ts";
import { edgeHeaders } from "../../functions/domain/edge-config.ts";
import { edgeSettingProblems, edgeSettings } from "../../functions/domain/edge-settings.ts";
import { originProblem } from "../../functions/domain/web-origins.ts";
import { configReader } from "../../functions/edge/config.ts";
import { aRequest } from "../edge/builders.ts";

const CLIENTS = ["1example23456789abcdefghij", "2example23456789abcdefghij"];

const aDeployment = (over: Partial<DeploymentInput> = {}) =>
  parseDeployment(
    { account: "111122223333", userPool: { id: "eu-west-1_Ab12Cd34E", clientIds: CLIENTS }, ...over },
    "test",
  );

/** What the edge function makes of the headers. */
const readBack = (over: Partial<DeploymentInput>) =>
  configReader("eu-central-1")(aRequest({ config: edgeSettings(aDeployment(over)) }));

const plain = { clientIds: CLIENTS, refreshStrategy: "rewrite", clientAddress: "none", adminPool: null };

test.each([
  {
    case: "nothing chosen",
    over: {},
    config: { ...plain, secretRegions: [], allowedOrigins: null, nativeClients: null },
  },
  { case: "the viewer's address", over: { clientAddress: "userContext" }, config: { clientAddress: "userContext" } },
  {
    case: "the Admin operations",
    over: { AdvancedSecurityEnabled: true },
    config: { adminPool: "eu-west-1_Ab12Cd34E" },
  },
  {
    case: "origins, and all clients may be apps",
    over: { allowedOrigins: ["https://app.example", "ionic://localhost"] },
    config: { allowedOrigins: ["https://app.example", "ionic://localhost"], nativeClients: null },
  },
  {
    case: "origins, and no client is an app",
    over: { allowedOrigins: ["https://app.example"], nativeClients: [] },
    config: { allowedOrigins: ["https://app.example"], nativeClients: [] },
  },
  {
    case: "origins, and one client is an app",
    over: { allowedOrigins: ["https://app.example"], nativeClients: [CLIENTS[1] ?? ""] },
    config: { nativeClients: [CLIENTS[1]] },
  },
  { case: "the plain secret", over: { refreshStrategy: "plain-secret" }, config: { refreshStrategy: "plain-secret" } },
  {
    case: "copies of the secret",
    over: { secretReplicaRegions: ["eu-west-1", "ap-southeast-2"] },
    config: { secretRegions: ["eu-west-1", "ap-southeast-2"] },
  },
] as const)("the edge reads back: $case", ({ over, config }) => {
  expect(readBack(structuredClone(over) as Partial<DeploymentInput>)).toMatchObject(config);
});

test("every origin that a config may hold is one that the edge reads", () => {
  const text = fc.tuple(
    fc.constantFrom("https", "http", "capacitor", "x-app+1.0"),
    fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
      fc.string(),
    ),
    fc.oneof(
      fc.constant(""),
      fc.nat(70_000).map((port) => `:${port}`),
    ),
  );
  const accepted = text
    .map(([scheme, host, port]) => `${scheme}://${host}${port}`)
    .filter((each) => !originProblem(each));
  fc.assert(fc.property(accepted, (origin) => readBack({ allowedOrigins: [origin] })?.allowedOrigins?.[0] === origin));
});

test("they fit into the ten custom headers that CloudFront allowed for years", () => {
  expect(Object.keys(edgeHeaders).length).toBeLessThanOrEqual(10);
});

test("the settings together are bounded as well", () => {
  const wide = (length: number) => Array.from({ length }, (_, index) => `${index}`.padStart(170, "x"));
  const deployment = { ...aDeployment(), allowedOrigins: wide(10), nativeClients: wide(10) };
  const userPool = { ...deployment.userPool, clientIds: wide(10) };
  const crowded = { ...deployment, userPool, secretReplicaRegions: wide(10) };
  expect(edgeSettingProblems(crowded)).toEqual([]);
  const overfull = { ...crowded, refreshStrategy: "x".repeat(1_700), clientAddress: "y".repeat(1_700) };
  // @ts-expect-error: no config is as wide as this, so the texts are none that it may hold
  expect(edgeSettingProblems(overfull)).toEqual([
    expect.stringMatching(/^the settings of the edge are \d+ characters/),
  ]);
});
