import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";

import { NotFoundError } from "../../functions/domain/errors.ts";

/** One output of a deployed stack. Throws `NotFoundError` where the stack does not exist or has no such output. */
export async function readStackOutput(region: string, stack: string, key: string): Promise<string> {
  const client = new CloudFormationClient({ region });
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack })).catch(asMissing(stack));
  const value = Stacks.flatMap(({ Outputs = [] }) => Outputs).find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  if (value === undefined)
    throw new NotFoundError(`Stack ${stack} in ${region} has no output ${key}; deploy it again.`);
  return value;
}

/** CloudFormation says "does not exist" in the words of a validation error, whose name fits much else. */
function asMissing(stack: string) {
  return (error: unknown): never => {
    if (!(error instanceof Error && /does not exist/.test(error.message))) throw error;
    throw new NotFoundError(`Stack ${stack} does not exist; deploy it first (\`npx cdk deploy --all\`).`, {
      cause: error,
    });
  };
}
