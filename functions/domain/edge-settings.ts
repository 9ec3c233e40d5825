/** What of the config the edge function has to know, as the headers that CloudFront adds to each request. */
import type { Deployment } from "./deployment.ts";
import { edgeHeaders } from "./edge-config.ts";

/**
 * "Quotas on headers" in the CloudFront Developer Guide (2026): these two can't be raised. The number of custom headers
 * can, and is 30 by default; it was 10 for years, and ours are fewer still.
 */
const LONGEST_VALUE = 1_783;
const LONGEST_TOTAL = 10_240;
/** Room for the secret's ARN, which is not known before deployment: a name has 512 characters at most. */
const LONGEST_ARN = 600;

/** Where a person finds in the config what a header holds. */
const placeOf: Readonly<Record<string, string>> = {
  [edgeHeaders.secretRegions]: "secretReplicaRegions",
  [edgeHeaders.clientIds]: "userPool.clientIds",
  [edgeHeaders.refreshStrategy]: "refreshStrategy",
  [edgeHeaders.clientAddress]: "clientAddress",
  [edgeHeaders.adminPool]: "userPool.id",
  [edgeHeaders.finishPool]: "userPool.id",
  [edgeHeaders.allowedOrigins]: "allowedOrigins",
  [edgeHeaders.nativeClients]: "nativeClients",
};

type EdgeFields = Pick<
  Deployment,
  | "userPool"
  | "secretReplicaRegions"
  | "refreshStrategy"
  | "clientAddress"
  | "AdvancedSecurityEnabled"
  | "finishSignIns"
  | "allowedOrigins"
  | "nativeClients"
>;

/** The headers but the one with the secret's ARN. What is as the edge function takes it by default is left out. */
export function edgeSettings(deployment: EdgeFields): Record<string, string> {
  const { userPool, secretReplicaRegions, refreshStrategy, clientAddress, allowedOrigins, nativeClients } = deployment;
  return {
    [edgeHeaders.clientIds]: userPool.clientIds.join(),
    ...(secretReplicaRegions.length > 0 && { [edgeHeaders.secretRegions]: secretReplicaRegions.join() }),
    ...(refreshStrategy !== "rewrite" && { [edgeHeaders.refreshStrategy]: refreshStrategy }),
    ...(clientAddress !== "none" && { [edgeHeaders.clientAddress]: clientAddress }),
    ...(deployment.AdvancedSecurityEnabled && { [edgeHeaders.adminPool]: userPool.id }),
    ...(deployment.finishSignIns && { [edgeHeaders.finishPool]: userPool.id }),
    ...(allowedOrigins && { [edgeHeaders.allowedOrigins]: allowedOrigins.join() }),
    ...(nativeClients && { [edgeHeaders.nativeClients]: nativeClients.join() || "-" }),
  };
}

/** Which settings are too long for CloudFront's headers. */
export function edgeSettingProblems(deployment: EdgeFields): string[] {
  const settings = Object.entries(edgeSettings(deployment));
  const problems = settings
    .filter(([, value]) => value.length > LONGEST_VALUE)
    .map(
      ([header, { length }]) =>
        `${placeOf[header]}: ${length} characters as a header, but CloudFront takes ${LONGEST_VALUE}; name fewer`,
    );
  const lengths = settings.map(([header, value]) => header.length + value.length);
  const total = lengths.reduce((sum, length) => sum + length, edgeHeaders.secretArn.length + LONGEST_ARN);
  if (total > LONGEST_TOTAL)
    problems.push(`the settings of the edge are ${total} characters as headers, but CloudFront takes ${LONGEST_TOTAL}`);
  return problems;
}
