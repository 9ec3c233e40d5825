import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";

import type { Deployment } from "../functions/domain/deployment.ts";
import { namesOf } from "../functions/domain/names.ts";
import { EdgeStack } from "./edge-stack.ts";
import { PoolStack } from "./pool-stack.ts";
import { readProjectFile } from "./project.ts";

/**
 * The app with both stacks, not yet synthesised. The stacks share names and nothing else: no export, no reference
 * across Regions, so each can be deployed, updated and deleted without the other.
 */
export function portcullisApp(
  deployment: Deployment,
  options: { outdir: string; context?: Record<string, unknown> },
): App {
  const app = new App({
    outdir: options.outdir,
    analyticsReporting: false,
    context: { ...featureFlags(), ...options.context },
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const names = namesOf(deployment);
  new EdgeStack(app, { deployment, names });
  new PoolStack(app, { deployment, names });
  return app;
}

/** Only the CDK command line reads cdk.json by itself; started directly, the app has to. */
function featureFlags(): Record<string, unknown> {
  return JSON.parse(readProjectFile("cdk.json")).context;
}
