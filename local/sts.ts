import { queryService } from "./aws-wire.ts";
import type { Iam } from "./iam.ts";
import type { AwsService } from "./ports.ts";

/** Tells who calls: a role of the templates by its key, else the operator of the account. */
export function createSts({ account, iam }: { account: string; iam: Pick<Iam, "roleOf"> }): AwsService {
  const { call } = queryService({
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations: {
      GetCallerIdentity: (_input, { accessKeyId }) => {
        const role = iam.roleOf(accessKeyId);
        const Arn = role
          ? `${role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/local`
          : `arn:aws:iam::${account}:user/operator`;
        return { Account: account, UserId: accessKeyId, Arn };
      },
    },
  });
  // No policy can take this operation away, so there is nothing to ask IAM.
  return { call };
}
