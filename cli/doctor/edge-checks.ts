/** The proxy itself: secret, function, distribution, and which pages may call it. */
import type { Deployment } from "../../functions/domain/deployment.ts";
import { advice, type Check, type Flaw, problem } from "./check.ts";

/** One copy of the client secret; never its content, only what is to be known of it. */
export interface SecretCopy {
  readonly region: string;
  /** Why it cannot be used; null where it can. */
  readonly fault: string | null;
  readonly gates: number;
  /** By app client of the config: whether the secret that Cognito shows for it stands in the copy. */
  readonly knows: Readonly<Record<string, boolean>>;
}

export interface EdgeReading {
  readonly deployment: Deployment;
  readonly enabled: boolean;
  /** `Deployed` once every edge location has it. */
  readonly status: string;
  readonly webAclArn: string;
  readonly expectedWebAclArn: string;
  /** Function versions at origin request. */
  readonly functions: readonly string[];
  readonly expectedFunction: string;
}

const RUNBOOK = "docs/runbook.md, Rotating an app client secret";

export const secretChecks: readonly Check<readonly SecretCopy[]>[] = [
  {
    id: "secret-readable",
    fine: "every copy of the client secret can be read and used",
    why: "Without it the edge refuses every call that needs a hash: nobody can sign in.",
    flaws: (copies) =>
      copies
        .filter(({ fault }) => fault !== null)
        .map(({ region, fault }) =>
          problem(
            `the client secret in ${region} cannot be used: ${fault}`,
            "README, Deploying: fill the client secret.",
          ),
        ),
  },
  {
    id: "secret-current",
    fine: "the client secret holds the secrets that Cognito has",
    why: "With an old secret every hash is wrong, and Cognito refuses every sign-in.",
    flaws: (copies) => copies.flatMap(staleClients),
  },
];

function staleClients({ region, fault, knows }: SecretCopy): Flaw[] {
  if (fault !== null) return [];
  return Object.entries(knows)
    .filter(([, known]) => !known)
    .map(([client]) =>
      problem(
        `the copy in ${region} does not hold the secret that Cognito has for app client ${client}`,
        `See ${RUNBOOK}.`,
      ),
    );
}

export const edgeChecks: readonly Check<EdgeReading>[] = [
  {
    id: "distribution",
    fine: "the distribution is deployed everywhere, with its web ACL",
    why: "Without its web ACL the distribution lets banned sources in.",
    flaws: ({ enabled, status, webAclArn, expectedWebAclArn }) => [
      ...(enabled ? [] : [problem("the distribution is disabled", "Enable it, or deploy the edge stack again.")]),
      ...(status === "Deployed"
        ? []
        : [advice(`the distribution is ${status}`, "Wait some minutes and run doctor again.")]),
      ...(webAclArn === expectedWebAclArn
        ? []
        : [
            problem(
              webAclArn === ""
                ? "the distribution has no web ACL"
                : `the distribution has another web ACL: ${webAclArn}`,
              "Deploy the edge stack again.",
            ),
          ]),
    ],
  },
  {
    id: "edge-function",
    fine: "the function version of the last deployment is live",
    why: "Without the function no hash is added; an older version may not understand today's config.",
    flaws: ({ functions, expectedFunction }) => {
      if (functions.includes(expectedFunction)) return [];
      const what =
        functions.length === 0
          ? "the distribution has no function at origin request"
          : `the distribution runs ${functions.join(", ")} and not ${expectedFunction}`;
      return [problem(what, "Deploy the edge stack again.")];
    },
  },
  {
    id: "allowed-origins",
    fine: "only pages of the config's origins may call",
    why: "Without allowedOrigins any web page can make its visitors call, and get them banned.",
    flaws: ({ deployment }) =>
      deployment.allowedOrigins === undefined
        ? [
            advice(
              "pages of any web origin may call",
              "Name the origins of your web apps in allowedOrigins, and deploy.",
            ),
          ]
        : [],
  },
];
