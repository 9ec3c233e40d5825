import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Deployment, type DeploymentInput, parseDeployment } from "../../functions/domain/deployment.ts";
import { portcullisApp } from "../../infra/portcullis-app.ts";
import { type Assembly, type Resource, readAssembly } from "../../local/template.ts";

const ACCOUNT = "111122223333";

export function aDeployment(overrides: Partial<DeploymentInput> = {}): Deployment {
  const config: DeploymentInput = {
    account: ACCOUNT,
    userPool: { id: "eu-west-1_Ab12Cd34E", clientIds: ["1example23456789abcdefghij"] },
    approval: { emails: ["on-call@example.com"] },
    egress: ["192.0.2.10/32"],
    ...overrides,
  };
  return parseDeployment(config, "test");
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-infra-"));
  folders.push(folder);
  return folder;
}

/**
 * Synthesises as the app does but without bundling the handlers. Gives the folder. CDK's own checks of the templates
 * take most of the time, so only one file asks for them; cdk-nag's run always.
 */
export function synthesised(deployment: Deployment, { checked = false } = {}): string {
  const app = portcullisApp(deployment, {
    outdir: aFolder(),
    context: { "aws:cdk:bundling-stacks": [] },
  });
  process.env.CDK_VALIDATION = String(checked);
  return app.synth().directory;
}

/** The templates as the local world reads them: every reference resolved, every type known. */
export function anAssembly(overrides: Partial<DeploymentInput> = {}): Assembly {
  return readAssembly(synthesised(aDeployment(overrides)));
}

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of a hundred shapes, and a wrong one fails its test
export type Properties = any;

export function only(assembly: Assembly, type: string, stack?: string): Resource & { properties: Properties } {
  const found = assembly.ofType(type).filter((resource) => stack === undefined || resource.stack === stack);
  if (found.length !== 1 || !found[0]) throw new Error(`expected one ${type}, found ${found.length}`);
  return found[0];
}

export function named(assembly: Assembly, type: string, name: string): Resource & { properties: Properties } {
  const found = assembly.ofType(type).find((resource) => resource.name === name);
  if (!found) throw new Error(`no ${type} is called ${name}`);
  return found;
}

export function roleOf(assembly: Assembly, arn: string) {
  const role = assembly.ofType("AWS::IAM::Role").find((each) => each.arn === arn);
  if (!role) throw new Error(`no role has the ARN ${arn}`);
  return role as typeof role & { properties: Properties };
}

export function statementsOf(assembly: Assembly, roleArn: string): Properties[] {
  const role = roleOf(assembly, roleArn);
  return assembly
    .ofType("AWS::IAM::Policy")
    .map(({ properties }: { properties: Properties }) => properties)
    .filter(({ Roles }) => Roles.includes(role.physicalId))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .map((statement: Properties) => ({
      actions: [statement.Action].flat(),
      resources: [statement.Resource].flat(),
      condition: statement.Condition,
    }));
}

export function actionsOf(assembly: Assembly, roleArn: string): string[] {
  return [...new Set(statementsOf(assembly, roleArn).flatMap(({ actions }) => actions))].sort();
}

export function resourcesOf(assembly: Assembly, roleArn: string, action: string): string[] {
  return statementsOf(assembly, roleArn)
    .filter(({ actions }) => actions.includes(action))
    .flatMap(({ resources }) => resources);
}
