/**
 * The groups of rules that AWS keeps and a web ACL may use here. A group only marks what it matches; a rule of ours
 * acts on the marks, since WAF's own answer is a page of HTML, which every Cognito SDK fails to parse.
 */
interface ManagedRuleGroup {
  readonly name: string;
  /** "AWS Managed Rules rule groups list" (2026): web ACL capacity units. */
  readonly capacity: number;
  /** Labels (or, ending in a colon, namespaces) of the rules that would block by themselves. */
  readonly marks: readonly string[];
  /** Whether it judges something other than the caller's address, which the pool's web ACL does not see. */
  readonly fitsPool: boolean;
}

const labels = "awswaf:managed:aws:";
export const managedRuleGroups: readonly ManagedRuleGroup[] = [
  {
    name: "AWSManagedRulesAmazonIpReputationList",
    capacity: 25,
    // Not AWSManagedIPDDoSList: its rule only counts, and its addresses may be ordinary ones that somebody abused.
    marks: [
      `${labels}amazon-ip-list:AWSManagedIPReputationList`,
      `${labels}amazon-ip-list:AWSManagedReconnaissanceList`,
    ],
    fitsPool: false,
  },
  {
    name: "AWSManagedRulesAnonymousIpList",
    capacity: 50,
    marks: [`${labels}anonymous-ip-list:`],
    fitsPool: false,
  },
  {
    name: "AWSManagedRulesKnownBadInputsRuleSet",
    capacity: 200,
    marks: [`${labels}known-bad-inputs:`],
    fitsPool: true,
  },
  { name: "AWSManagedRulesCommonRuleSet", capacity: 700, marks: [`${labels}core-rule-set:`], fitsPool: true },
  {
    name: "AWSManagedRulesAdminProtectionRuleSet",
    capacity: 100,
    marks: [`${labels}admin-protection:`],
    fitsPool: true,
  },
  { name: "AWSManagedRulesSQLiRuleSet", capacity: 200, marks: [`${labels}sql-database:`], fitsPool: true },
  { name: "AWSManagedRulesLinuxRuleSet", capacity: 200, marks: [`${labels}linux-os:`], fitsPool: true },
  { name: "AWSManagedRulesUnixRuleSet", capacity: 100, marks: [`${labels}posix-os:`], fitsPool: true },
  { name: "AWSManagedRulesWindowsRuleSet", capacity: 200, marks: [`${labels}windows-os:`], fitsPool: true },
  { name: "AWSManagedRulesPHPRuleSet", capacity: 100, marks: [`${labels}php-app:`], fitsPool: true },
  { name: "AWSManagedRulesWordPressRuleSet", capacity: 100, marks: [`${labels}wordpress-app:`], fitsPool: true },
];

/** Web ACL capacity units for groups of AWS: of the 1,500 that cost nothing extra, the deployment's own rules need the rest. */
export const ROOM_FOR_GROUPS = 1_000;

export function managedCapacity(chosen: readonly { readonly name: string }[]): number {
  const capacityOf = ({ name }: { readonly name: string }) =>
    managedRuleGroups.find((group) => group.name === name)?.capacity ?? 0;
  return chosen.reduce((sum, group) => sum + capacityOf(group), 0);
}

const CHALLENGES = "acts by Challenge or CAPTCHA, which only a browser that loads a page can answer, never this API";
const refused: Readonly<Record<string, string>> = {
  AWSManagedRulesAntiDDoSRuleSet: CHALLENGES,
  AWSManagedRulesBotControlRuleSet: `${CHALLENGES}; it also takes apps and SDKs for bots`,
  AWSManagedRulesATPRuleSet:
    "reads user names and passwords from the fields of a login page, which this API does not have",
  AWSManagedRulesACFPRuleSet: "reads the fields of a registration page, which this API does not have",
};

/** Why a managed rule group cannot be used on a web ACL; null if it can. */
export function managedGroupProblem(name: string, door: "edge" | "pool"): string | null {
  const group = managedRuleGroups.find((each) => each.name === name);
  const usable = managedRuleGroups.filter(({ fitsPool }) => door === "edge" || fitsPool).map((each) => each.name);
  if (!group) return `${name} ${refused[name] ?? "is not supported"}; choose among ${usable.join(", ")}`;
  if (door === "edge" || group.fitsPool) return null;
  return `${name} judges the caller's address, but of proxied calls the user pool's web ACL sees CloudFront's; use it at the edge`;
}
