import { RemovalPolicy } from "aws-cdk-lib";
import { CfnIPSet } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

import type { ScopeSets } from "../functions/domain/environment.ts";

type Scope = "CLOUDFRONT" | "REGIONAL";
type Version = "IPV4" | "IPV6";

/**
 * The IP sets of one web ACL. People and `reconcile` write them, CloudFormation only makes them empty.
 *
 * Gotcha: CloudFormation answers *any* change of a set (a description, a tag) with an UpdateIPSet that writes the
 * template's `Addresses` and so wipes the set. These resources are therefore frozen: four properties, no tags,
 * pinned by a test.
 *
 * Human-owned sets outlive their stack, for what people typed stands nowhere else. Machine-owned sets do not:
 * the ledger holds the truth, the next sweep fills a new set, and a set that stayed behind would block the next
 * deployment by its name.
 */
export class IpSets extends Construct {
  readonly allow: readonly CfnIPSet[];
  readonly deny: readonly CfnIPSet[];
  readonly auto: readonly CfnIPSet[];

  constructor(scope: Construct, id: string, props: { scope: Scope; sets: ScopeSets }) {
    super(scope, id);
    const { allow, deny, auto } = props.sets;
    this.allow = this.buildSets(props.scope, allow, RemovalPolicy.RETAIN);
    this.deny = this.buildSets(props.scope, deny, RemovalPolicy.RETAIN);
    this.auto = this.buildSets(props.scope, auto, RemovalPolicy.DESTROY);
  }

  private buildSets(scope: Scope, names: ScopeSets["auto"], removal: RemovalPolicy): CfnIPSet[] {
    const build = (name: string, ipAddressVersion: Version) => {
      const set = new CfnIPSet(this, name, { name, scope, ipAddressVersion, addresses: [] });
      set.applyRemovalPolicy(removal);
      return set;
    };
    return [...names.v4.map((name) => build(name, "IPV4")), ...names.v6.map((name) => build(name, "IPV6"))];
  }
}
