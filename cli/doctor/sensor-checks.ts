/** What the system sees and how it is heard: logs, alarms, quotas, subscriptions, and the sets against the ledger. */

import type { Coverage } from "../../functions/detect/coverage.ts";
import type { LogName } from "../../functions/detect/coverage-query.ts";
import type { TrailStatus } from "../../functions/detect/sensors.ts";
import { type Instant, toIso } from "../../functions/domain/instant.ts";
import { advice, type Check, type Flaw, problem } from "./check.ts";

export interface LogReading {
  readonly log: LogName;
  readonly title: string;
  readonly coverage: Coverage;
  /** End of what was counted. */
  readonly to: Instant;
}

export interface TrailReading {
  /** Null where the config names a trail by its bucket only. */
  readonly arn: string | null;
  /** Null for a trail that does not exist, or that nobody can ask for. */
  readonly status: TrailStatus | null;
}

export interface AlarmReading {
  readonly name: string;
  /** Null where there is no such alarm in the Region. */
  readonly state: string | null;
  readonly region: string;
  /** Whether the metric that it watches ever had data; null where that was not asked. */
  readonly hasData: boolean | null;
}

export interface QuotaReading {
  readonly category: string;
  readonly configured: number;
  /** Requests per second that are provisioned; null where Cognito names none. */
  readonly provisioned: number | null;
}

export interface UsageReading {
  readonly configured: string;
  /** Null where Service Quotas names no metric for the categories. */
  readonly told: string | null;
}

/** How many listen to the notices, and how many have not confirmed that they want to. */
export interface SubscriptionReading {
  readonly confirmed: number;
  readonly pending: number;
}

export interface DriftReading {
  readonly foreign: readonly string[];
  readonly missing: readonly string[];
  readonly gone: readonly string[];
}

/** The share from which a log counts as complete, as for a run. */
const NEARLY_ALL = 0.98;

export const logChecks: readonly Check<readonly LogReading[]>[] = [
  {
    id: "logs",
    fine: "the tables can be read, and the logs hold what CloudWatch counted",
    why: "Calls that are not in the logs have no source: an attack among them bans nobody.",
    flaws: (logs) => logs.flatMap(logFlaws),
  },
];

function logFlaws({ log, title, coverage, to }: LogReading): Flaw[] {
  const { ratio, rows, counted, completeTo } = coverage;
  if (ratio === null)
    return [
      problem(
        `${title} holds ${rows} calls of which CloudWatch counted none`,
        log === "trail"
          ? "Compare usageService in the config with what `portcullis config quotas` prints."
          : "Deploy again; if it stays, the log is another web ACL's.",
      ),
    ];
  if (ratio >= NEARLY_ALL) return [];
  const what = `${title} holds ${Math.floor(100 * ratio)} % of the ${counted} calls that CloudWatch counted until ${toIso(to).slice(0, 16)}Z`;
  const until = completeTo === null ? "" : `, and all until ${toIso(completeTo).slice(0, 16)}Z`;
  return [problem(what + until, "See docs/runbook.md; logs of WAF and CloudTrail come about five minutes late.")];
}

export const trailChecks: readonly Check<TrailReading>[] = [
  {
    id: "trail",
    fine: "the trail records, and its bucket takes the files",
    why: "Without CloudTrail nobody knows which calls failed: who guesses passwords slowly is not seen.",
    flaws: ({ arn, status }) => {
      if (arn === null)
        return [
          advice("the trail cannot be asked: the config does not name it", "Set trail.arn in the config, and deploy."),
        ];
      const see = "See docs/runbook.md, trail-stopped.";
      if (status === null) return [problem(`there is no trail ${arn}`, see)];
      return [
        ...(status.isLogging ? [] : [problem(`the trail ${arn} is stopped`, see)]),
        ...(status.deliveryError === null
          ? []
          : [problem(`the trail ${arn} cannot deliver: ${status.deliveryError}`, see)]),
      ];
    },
  },
];

export const alarmChecks: readonly Check<readonly AlarmReading[]>[] = [
  {
    id: "alarms",
    fine: "every quota alarm is there",
    why: "An alarm that is missing or stands in another Region than the pool starts no run.",
    flaws: (alarms) =>
      alarms
        .filter(({ state }) => state === null)
        .map(({ name, region }) => problem(`alarm ${name} is not in ${region}`, "Deploy the pool stack again.")),
  },
  {
    id: "alarm-metrics",
    fine: "the alarms' metrics have data, or nobody has called yet",
    why: "Dimensions are case-sensitive: an alarm on a metric that does not exist never goes off, and nothing says so.",
    flaws: (alarms) => {
      const asked = alarms.filter(({ hasData }) => hasData !== null);
      if (asked.length === 0 || asked.some(({ hasData }) => hasData)) return [];
      return [
        problem(
          "no quota alarm's metric has ever had data",
          "Call the pool once and wait five minutes; if it stays so, compare usageService in the config with what `portcullis config quotas` prints.",
        ),
      ];
    },
  },
];

export const quotaChecks: readonly Check<readonly QuotaReading[]>[] = [
  {
    id: "quotas",
    fine: "the config's quotas are those that Cognito enforces",
    why: "Alarms are set at shares of the configured quota: one that is too high tells of an attack too late.",
    flaws: (quotas) =>
      quotas.flatMap(({ category, configured, provisioned }) => {
        if (provisioned === null || provisioned === configured) return [];
        const what = `${category}: the config says ${configured} requests per second, Cognito enforces ${provisioned}`;
        const mend = `Set quotas.${category} to ${provisioned}, and deploy.`;
        return configured > provisioned ? [problem(what, mend)] : [advice(what, mend)];
      }),
  },
];

export const usageChecks: readonly Check<UsageReading>[] = [
  {
    id: "usage-service",
    fine: "quota alarms watch the metrics that Service Quotas names",
    why: "Dimensions are case-sensitive: an alarm on a metric that does not exist never goes off, and nothing says so.",
    flaws: ({ configured, told }) => {
      if (told === null)
        return [advice("Service Quotas names no metric for Cognito's calls", "Trust alarm-metrics instead.")];
      if (told === configured) return [];
      const what = `the config says usageService ${configured}, Service Quotas says ${told}`;
      return [problem(what, `Set usageService to ${told}, and deploy.`)];
    },
  },
];

export const subscriptionChecks: readonly Check<SubscriptionReading>[] = [
  {
    id: "subscriptions",
    fine: "somebody is told",
    why: "What needs a person waits for one until it is out of time.",
    flaws: ({ confirmed, pending }) => {
      const all = confirmed + pending;
      if (all === 0)
        return [problem("nobody is subscribed to the notices", "Name somebody in approval.emails, and deploy.")];
      if (pending === 0) return [];
      const mend = "Open the confirmation mail and follow its link, or subscribe again.";
      const what = `${pending} of ${all} subscriptions to the notices ${pending === 1 ? "is" : "are"} not confirmed`;
      return [confirmed === 0 ? problem(what, mend) : advice(what, mend)];
    },
  },
];

export const setChecks: readonly Check<DriftReading>[] = [
  {
    id: "ip-sets",
    fine: "the IP sets are there",
    why: "A ban without its set blocks nobody.",
    flaws: ({ gone }) => gone.map((set) => problem(`IP set ${set} does not exist`, "Deploy the stacks again.")),
  },
  {
    id: "drift",
    fine: "the IP sets hold what the ledger says",
    why: "The sweep makes both equal within a minute; what stays different shows a sweep that does not run.",
    flaws: ({ foreign, missing }) => [
      ...foreign.map((line) =>
        advice(
          `${line} stands in a set without a ban`,
          "Wait a minute; if it stays, see docs/runbook.md, sweep-failing.",
        ),
      ),
      ...missing.map((line) =>
        advice(
          `${line} is banned and stands in no set`,
          "Wait a minute; if it stays, see docs/runbook.md, sweep-failing.",
        ),
      ),
    ],
  },
];
