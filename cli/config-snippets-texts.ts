/** The snippets: one function a client, each a whole file that its language reads as it is. */
import type { SnippetTarget } from "./config-snippets-target.ts";

export interface SnippetKind {
  /** What `--for` takes. */
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly language: "js" | "json" | "python";
  /** What a reader must know who has only the snippet. */
  readonly note: string;
  /** Null if this client cannot be pointed there. */
  readonly write: (target: SnippetTarget) => string | null;
}

/**
 * A text as a literal of JavaScript, JSON and Python at once: JSON's own form, which the other two read alike, also
 * with its escapes.
 */
export const quote = (text: string): string => JSON.stringify(text);

const amplifyJs = ({ url, userPoolId, clientId }: SnippetTarget) => `import { Amplify } from "aws-amplify";

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: ${quote(userPoolId)},
      userPoolClientId: ${quote(clientId)},
      userPoolEndpoint: ${quote(url)},
    },
  },
});
`;

// The endpoint is put in after parsing: Amplify drops one that stands in the outputs, without a word.
const amplifyGen2 = ({ url, userPoolId, clientId }: SnippetTarget) => `import { Amplify } from "aws-amplify";
import { parseAmplifyConfig } from "aws-amplify/utils";
import outputs from "./amplify_outputs.json";

const config = parseAmplifyConfig(outputs);
if (!config.Auth) throw new Error("amplify_outputs.json has no auth");
Object.assign(config.Auth.Cognito, {
  userPoolId: ${quote(userPoolId)},
  userPoolClientId: ${quote(clientId)},
  userPoolEndpoint: ${quote(url)},
});

Amplify.configure(config);
`;

const identitySdk = ({
  url,
  userPoolId,
  clientId,
}: SnippetTarget) => `import { CognitoUserPool } from "amazon-cognito-identity-js";

export const userPool = new CognitoUserPool({
  UserPoolId: ${quote(userPoolId)},
  ClientId: ${quote(clientId)},
  endpoint: ${quote(url)},
});
`;

const awsSdkJs = ({
  url,
  region,
  clientId,
}: SnippetTarget) => `import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

export const clientId = ${quote(clientId)};
export const cognito = new CognitoIdentityProviderClient({
  region: ${quote(region)},
  endpoint: ${quote(url)},
});
`;

const boto3 = ({ url, region, clientId }: SnippetTarget) => `import boto3
from botocore import UNSIGNED
from botocore.config import Config

CLIENT_ID = ${quote(clientId)}

cognito = boto3.client(
    "cognito-idp",
    region_name=${quote(region)},
    endpoint_url=${quote(url)},
    config=Config(signature_version=UNSIGNED),
)
`;

/** Gen1 JSON, for both mobile libraries: a host name only, and no other place takes an endpoint. */
function mobile({ host, region, userPoolId, clientId }: SnippetTarget): string | null {
  if (host === null) return null;
  const pool = { PoolId: userPoolId, AppClientId: clientId, Region: region, Endpoint: host };
  const plugin = {
    IdentityManager: { Default: {} },
    CognitoUserPool: { Default: pool },
    Auth: { Default: { authenticationFlowType: "USER_SRP_AUTH" } },
  };
  const config = {
    UserAgent: "aws-amplify-cli/2.0",
    Version: "1.0",
    auth: { plugins: { awsCognitoAuthPlugin: plugin } },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

export const snippetKinds = [
  {
    ...{ id: "amplify-js", title: "Amplify JS v6", file: "amplify.js", language: "js", write: amplifyJs },
    note: "Amplify warns in the console that it uses a custom endpoint; that is meant to be so.",
  },
  {
    ...{ id: "amplify-gen2", title: "Amplify JS v6 with Gen2 outputs", file: "amplify.js", language: "js" },
    write: amplifyGen2,
    note: "An endpoint inside amplify_outputs.json is dropped without a word; it has to be put in after parsing.",
  },
  {
    ...{
      id: "identity-sdk",
      title: "Amazon Cognito Identity SDK for JavaScript",
      file: "user-pool.js",
      language: "js",
    },
    write: identitySdk,
    note: "Amplify up to v5 uses this SDK; new apps should use Amplify v6.",
  },
  {
    ...{ id: "android", title: "Amplify Android", language: "json", write: mobile },
    file: "app/src/main/res/raw/amplifyconfiguration.json",
    note: "Gen1 configuration, since Gen2 outputs take no endpoint. The endpoint is a host name, without scheme and path.",
  },
  {
    ...{ id: "swift", title: "Amplify Swift", language: "json", write: mobile, file: "amplifyconfiguration.json" },
    note: "Gen1 configuration, since Gen2 outputs take no endpoint. The endpoint is a host name, without scheme and path.",
  },
  {
    ...{ id: "aws-sdk-js", title: "AWS SDK for JavaScript v3", file: "cognito.js", language: "js", write: awsSdkJs },
    note: "No credentials: the public operations are not signed.",
  },
  {
    ...{ id: "boto3", title: "AWS SDK for Python (boto3)", file: "cognito.py", language: "python", write: boto3 },
    note: "Unsigned: the proxy needs no credentials and drops them.",
  },
] as const satisfies readonly SnippetKind[];
