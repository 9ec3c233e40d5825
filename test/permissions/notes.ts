/** Worlds of several processes tell in files which of their roles' permissions were used. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import type { Deployment } from "../../functions/domain/deployment.ts";
import type { Grant } from "../../local/iam.ts";

const grantSchema = z.strictObject({ role: z.string(), action: z.string(), resource: z.string(), isUsed: z.boolean() });

/** Without a folder in the environment nobody asks. */
export function noteGrants({ deployment, grants }: { deployment: Deployment; grants: () => Grant[] }): void {
  const folder = process.env.PORTCULLIS_GRANTS;
  if (folder === undefined) return;
  const noted = grants().map((grant) => ({
    ...grant,
    role: nameOf(grant.role),
    resource: withoutNames(grant.resource, deployment),
  }));
  writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(noted));
}

/** One entry for each permission that any world grants; used if it was in one of them. */
export function readGrants(folder: string): Grant[] {
  const noted = readdirSync(folder).flatMap((name) =>
    z.array(grantSchema).parse(JSON.parse(readFileSync(join(folder, name), "utf8"))),
  );
  const merged = new Map<string, Grant>();
  for (const grant of noted) {
    const key = JSON.stringify([grant.role, grant.action, grant.resource]);
    merged.set(key, { ...grant, isUsed: grant.isUsed || merged.get(key)?.isUsed === true });
  }
  return [...merged.values()];
}

/** Of `…role/portcullis-edge-functionssweeproleae780722` the part that tells: `functionssweep`. */
function nameOf(roleArn: string): string {
  const name = roleArn.split("role/").at(-1) ?? "";
  return name.replace(/^.*?-(edge|pool)-/, "").replace(/role[0-9a-f]{8}$/, "");
}

/** Scenarios protect different pools by different secrets and numbers of sets, and what they grant is the same. */
function withoutNames(resource: string, { userPool, clientSecretArn }: Deployment): string {
  const known = clientSecretArn === undefined ? resource : resource.replace(clientSecretArn, "<client secret>");
  return known
    .replaceAll(userPool.id, "<pool>")
    .replace(/^arn:\S+:secret:portcullis\/clients\S*$/, "<client secret>")
    .replace(/-auto-v[46]-\d+\/\S+$/, "-auto-*");
}
