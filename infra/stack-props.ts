import type { Deployment } from "../functions/domain/deployment.ts";
import type { namesOf } from "../functions/domain/names.ts";

export type Names = ReturnType<typeof namesOf>;

/** What every construct may know: the config and the physical names that follow from it. */
export interface DeploymentProps {
  readonly deployment: Deployment;
  readonly names: Names;
}
