import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";

import type { Names } from "./stack-props.ts";

/**
 * The ledger. The index `active` is sparse: only items of active bans carry the attribute, so a sweep reads what is
 * banned and not the history. TTL only collects garbage; no decision waits for it.
 */
export class LedgerTable extends Table {
  constructor(scope: Construct, id: string, { names }: { names: Names }) {
    super(scope, id, {
      tableName: names.ledgerTable,
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      timeToLiveAttribute: "ttl",
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.addGlobalSecondaryIndex({
      indexName: "active",
      partitionKey: { name: "active", type: AttributeType.STRING },
      sortKey: { name: "expiresAt", type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }
}
