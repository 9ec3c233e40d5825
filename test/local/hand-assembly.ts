import type { Assembly, Resource } from "../../local/template.ts";

export const ACCOUNT = "111122223333";

/** A resource of a hand-written assembly; ids and ARN follow from type and logical id unless given. */
export function aResource(resource: Partial<Resource> & Pick<Resource, "type" | "logicalId">): Resource {
  const region = resource.region ?? "us-east-1";
  return {
    stack: "hand-made",
    region,
    account: ACCOUNT,
    properties: {},
    metadata: {},
    physicalId: resource.logicalId,
    name: resource.logicalId,
    arn: `arn:aws:hand:${region}:${ACCOUNT}:${resource.logicalId}`,
    ...resource,
  };
}

export function anAssembly(resources: readonly Resource[]): Assembly {
  return {
    resources,
    stacks: [],
    outputs: [],
    ofType: (type) => resources.filter((resource) => resource.type === type),
    find(stack, logicalId) {
      const found = resources.find((resource) => resource.stack === stack && resource.logicalId === logicalId);
      if (!found) throw new Error(`no ${logicalId}`);
      return found;
    },
  };
}
