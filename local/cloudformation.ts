import { toIso } from "../functions/domain/instant.ts";
import { AwsError, queryService } from "./aws-wire.ts";
import type { AwsService, Clock } from "./ports.ts";
import type { Assembly } from "./template.ts";

/** CloudFormation as somebody sees it who looks up what was deployed: the stacks' outputs. */
export function createCloudFormation({
  assembly,
  clock,
}: {
  assembly: Assembly;
  clock: Pick<Clock, "now">;
}): AwsService {
  const CreationTime = toIso(clock.now());

  function describe({ name, region, account }: Assembly["stacks"][number]) {
    const outputs = assembly.outputs.filter((output) => output.stack === name);
    return {
      StackName: name,
      StackId: `arn:aws:cloudformation:${region}:${account}:stack/${name}/00000000-0000-4000-8000-000000000000`,
      CreationTime,
      StackStatus: "CREATE_COMPLETE",
      Outputs: {
        member: outputs.map(({ key, value, description }) => ({
          OutputKey: key,
          OutputValue: value,
          Description: description,
        })),
      },
    };
  }

  return queryService({
    namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    operations: {
      DescribeStacks: ({ StackName }, { region }) => {
        const here = assembly.stacks.filter((stack) => stack.region === region);
        const asked = here.filter(
          (stack) => StackName === undefined || stack.name === StackName || describe(stack).StackId === StackName,
        );
        if (StackName !== undefined && asked.length === 0)
          throw new AwsError("ValidationError", `Stack with id ${StackName} does not exist`);
        return { Stacks: { member: asked.map(describe) } };
      },
    },
  });
}
