import { RemovalPolicy } from "aws-cdk-lib";
import { CfnIPSet } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

import { allowListOf } from "../functions/domain/allow-list.ts";
import type { Deployment } from "../functions/domain/deployment.ts";
import type { ScopeSets } from "../functions/domain/environment.ts";
import { CONFIG_ALLOW } from "../functions/domain/names.ts";

type Scope = "CLOUDFRONT" | "REGIONAL";
type Version = "IPV4" | "IPV6";
type Sets = Pick<ScopeSets, "allow" | "deny" | "auto">;

/**
 * The IP sets of one web ACL. People and `reconcile` write them, CloudFormation only makes them empty; but the sets
 * with the config's allow list belong to CloudFormation, and nobody else writes those.
 *
 * Gotcha: CloudFormation answers *any* change of a set (a description, a tag) with an UpdateIPSet that writes the
 * template's `Addresses` and so wipes the set. The others are therefore frozen: four properties, no tags,
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

  private readonly scope: Scope;
  private readonly config: Readonly<Record<Version, string[]>>;

  constructor(scope: Construct, id: string, props: { scope: Scope; sets: Sets; deployment: Deployment }) {
    super(scope, id);
    const { allow, deny, auto } = props.sets;
    const { v4, v6 } = allowListOf(props.deployment);
    this.scope = props.scope;
    this.config = { IPV4: v4, IPV6: v6 };
    this.allow = this.buildSets(allow, RemovalPolicy.RETAIN);
    this.deny = this.buildSets(deny, RemovalPolicy.RETAIN);
    this.auto = this.buildSets(auto, RemovalPolicy.DESTROY);
  }

  private buildSets(names: ScopeSets["auto"], removal: RemovalPolicy): CfnIPSet[] {
    const build = (name: string, version: Version) => {
      const ofConfig = name.includes(CONFIG_ALLOW);
      const addresses = ofConfig ? this.config[version] : [];
      const set = new CfnIPSet(this, name, { name, scope: this.scope, ipAddressVersion: version, addresses });
      set.applyRemovalPolicy(ofConfig ? RemovalPolicy.DESTROY : removal);
      return set;
    };
    return [...names.v4.map((name) => build(name, "IPV4")), ...names.v6.map((name) => build(name, "IPV6"))];
  }
}
