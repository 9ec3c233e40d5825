import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";

import { type Deployment, type DeploymentInput, deploymentSchema } from "../../functions/domain/deployment.ts";
import { namesOf } from "../../functions/domain/names.ts";
import { portcullisApp } from "../../infra/portcullis-app.ts";

export function aDeployment(overrides: Partial<DeploymentInput> = {}): Deployment {
  return deploymentSchema.parse({
    account: "111122223333",
    userPool: { id: "eu-west-1_Ab12Cd34E", clientIds: ["1example23456789abcdefghij"] },
    approval: { emails: ["on-call@example.com"] },
    egress: ["192.0.2.10/32"],
    ...overrides,
  });
}

/** Both templates, synthesised as the app does it (validations included) but without bundling the handlers. */
export function templatesOf(deployment: Deployment): { edge: Template; pool: Template } {
  const app = portcullisApp(deployment, {
    outdir: mkdtempSync(join(tmpdir(), "portcullis-synth-")),
    context: { "aws:cdk:bundling-stacks": [] },
  });
  const assembly = app.synth();
  const names = namesOf(deployment);
  const template = (stack: string) => Template.fromJSON(assembly.getStackByName(stack).template);
  return { edge: template(names.edgeStack), pool: template(names.poolStack) };
}

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of a hundred shapes, and a wrong one fails the test
  readonly Properties: any;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export function resourcesOf(template: Template, type: string): readonly (Resource & { logicalId: string })[] {
  return Object.entries(template.findResources(type)).map(([logicalId, resource]) => ({
    ...(resource as Resource),
    logicalId,
  }));
}
