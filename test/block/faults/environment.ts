/** The deployment as the handlers of these tests see it, as the templates would set it. */
import type { FunctionEnvironment, FunctionId, IpSets } from "../../../functions/domain/environment.ts";
import { ACCOUNT } from "../../local/hand-assembly.ts";
import { ACL_ARN, POOL } from "../../local/waf-builders.ts";

export const TABLE = "ledger";
export const BUCKET = "evidence";
export const LOGS = "logs";
export const TOPIC_ARN = `arn:aws:sns:us-east-1:${ACCOUNT}:notices`;
export const MACHINE_ARN = `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:approve`;
const MITIGATE_MACHINE_ARN = MACHINE_ARN.replace(/approve$/, "mitigate");
export const ALARM = "portcullis-UserAuthentication-90";

export const sets: IpSets = {
  edge: {
    region: "us-east-1",
    allow: { v4: ["allow-v4"], v6: [] },
    deny: { v4: ["deny-v4"], v6: [] },
    auto: { v4: ["auto-v4-1"], v6: ["auto-v6-1"] },
  },
  pool: null,
};

/** What people wrote into their own sets; no case may change it. */
export const humanSets = { "allow-v4": ["198.51.100.64/28"], "deny-v4": ["203.0.113.99/32"] } as const;

/** Two rounds are the three minutes that a lease lasts at least. */
export const ROUND_SECONDS = 90;

/** POLICY without jitter, so that two runs of a case give the same instants. */
export const environment = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "handler",
  AWS_SECRET_ACCESS_KEY: "handler",
  LEDGER_TABLE: TABLE,
  EVIDENCE_BUCKET: BUCKET,
  TOPIC_ARN,
  IP_SETS: JSON.stringify(sets),
  POLICY: JSON.stringify({ ban: { jitter: 0 } }),
  EGRESS: "[]",
  INITIAL_MODE: "enforce",
  APPROVE_MACHINE_ARN: MACHINE_ARN,
  MITIGATE_MACHINE_ARN,
  APPROVAL_URL: "https://approval.example.org/",
  APPROVAL_KEY_ARN: "approval-key",
  APPROVAL_MINUTES: "60",
  ON_TIMEOUT: "discard",
  RUNBOOK_URL: "https://runbook.example.org/",
  ALARM_PREFIXES: '["portcullis-"]',
  POOL_REGION: "eu-west-1",
  POOL_ID: "eu-west-1_Faults001",
  CATEGORIES: '["UserAuthentication"]',
  CLIENT_IDS: '["1faults3456789abcdefghij"]',
  ALLOWED_ORIGINS: "[]",
  SECRET_ARN: `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:clients`,
  LOG_FOLDERS: JSON.stringify({ edge: "s3://logs/edge/", pool: "s3://logs/pool/", trail: "s3://logs/trail/" }),
  CALL_METRICS: JSON.stringify({
    ...{ edgeAcl: "edge", poolAcl: null, poolRegion: "eu-west-1", usageService: "Cognito User Pool" },
  }),
  ROUND_SECONDS: String(ROUND_SECONDS),
  MAX_ROUNDS: "10",
  WORK_GROUP: "portcullis",
  SCAN_BUDGET_GIGABYTES: "100",
  EDGE_ACL_ARN: ACL_ARN,
  POOL_ARN: POOL,
  TRAIL_ARN: `arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/portcullis`,
  EDGE_FUNCTION: "portcullis-edge",
  DEPLOYMENT: "portcullis",
  GATE_SET: "gates",
  ROTATE_DAYS: "7",
  QUOTAS: JSON.stringify({ UserAuthentication: 120 }),
} satisfies Every<
  | "admit"
  | "watch"
  | "score"
  | "rollup"
  | "sensors"
  | "gates"
  | "plan"
  | "apply"
  | "sweep"
  | "ask"
  | "approval"
  | "notify"
  | "report"
> &
  Record<string, string>;

/** What each of the functions needs; a variable that is renamed breaks the types here. */
type Every<Ids extends FunctionId> = (
  Ids extends FunctionId
    ? (environment: FunctionEnvironment<Ids>) => void
    : never
) extends (environment: infer All) => void
  ? All
  : never;
