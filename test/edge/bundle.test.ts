/** All that runs at the edge: whatever else gets into the bundle does so here first, on purpose. */
import { build } from "esbuild";

import { deployed } from "../../bench/edge-bundle.ts";

let files: string[];
let imports: string[];
beforeAll(async () => {
  const { metafile } = await build(deployed);
  const [bundle] = Object.values(metafile.outputs);
  files = Object.entries(bundle?.inputs ?? {}).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [file] : [],
  );
  imports = (bundle?.imports ?? []).map(({ path }) => path);
});

const packageOf = (file: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];

test("holds these packages and no others: zod, and the AWS client of one service with what it needs", () => {
  const packages = new Set(files.flatMap((file) => packageOf(file) ?? []));
  expect([...packages].sort()).toEqual([
    "@aws-sdk/client-secrets-manager",
    "@aws-sdk/core",
    ...["env", "http", "ini", "login", "node", "process", "sso", "web-identity"].map(
      (name) => `@aws-sdk/credential-provider-${name}`,
    ),
    "@aws-sdk/nested-clients",
    "@aws-sdk/signature-v4-multi-region",
    "@aws-sdk/token-providers",
    "@aws-sdk/xml-builder",
    "@aws/lambda-invoke-store",
    "@smithy/core",
    "@smithy/credential-provider-imds",
    "@smithy/node-http-handler",
    "@smithy/signature-v4",
    "@smithy/types",
    "bowser",
    "zod",
  ]);
});

test("holds of ours the edge and the vocabulary that it needs, nothing that detects, bans or reports", () => {
  const ours = files.filter((file) => packageOf(file) === undefined);
  expect(ours.filter((file) => !file.startsWith("functions/edge/")).sort()).toEqual(
    ["cidr", "cidr-print", "cidr-read", "cidr-words", "edge-config", "errors", "gate"]
      .map((name) => `functions/domain/${name}.ts`)
      .sort(),
  );
  expect(ours.filter((file) => /gates?-|rotation/.test(file))).toEqual([]);
});

test("asks the runtime for its own modules only", () => {
  expect(imports.filter((path) => !path.startsWith("node:"))).toEqual([]);
});
