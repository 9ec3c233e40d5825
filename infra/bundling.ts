import { CfnResource } from "aws-cdk-lib";
import type { NodejsFunction, NodejsFunctionProps } from "aws-cdk-lib/aws-lambda-nodejs";

import { projectFile } from "./project.ts";

/** esbuild's settings. The AWS SDK goes in: what was tested is what runs, not what the runtime brings that day. */
export function bundling(): Pick<NodejsFunctionProps, "bundling" | "projectRoot" | "depsLockFilePath"> {
  return {
    projectRoot: projectFile("."),
    depsLockFilePath: projectFile("package-lock.json"),
    bundling: { target: "node22", minify: true, keepNames: true, sourceMap: false, externalModules: [] },
  };
}

/** Writes the source file of a function into its template, for the local world to run. */
export function nameEntry(handler: NodejsFunction, entry: string): void {
  const resource = handler.node.defaultChild;
  if (resource instanceof CfnResource) resource.addMetadata("portcullis:entry", entry);
}
