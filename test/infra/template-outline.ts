/** Templates as people can read them: ids without hashes, values by their path, and of two templates what differs. */
import type { Properties } from "./builders.ts";
import type { RawResources, Synthesis } from "./rules/synthesis.ts";

/** How many resources of each type there are in each stack. */
export function census({ raw }: Synthesis): string {
  return Object.entries(raw)
    .flatMap(([stack, resources]) => [stack, ...countTypes(resources)])
    .join("\n");
}

/** What another synthesis has, lacks and says otherwise; `+`, `-` and `~` before each line. */
export function differences(base: Synthesis, other: Synthesis): string {
  const stacks = Object.keys(base.raw);
  return stacks
    .flatMap((stack) => {
      const lines = compare(flatten(base.raw[stack] ?? {}), flatten(other.raw[stack] ?? {}));
      return lines.length > 0 ? [stack, ...lines] : [];
    })
    .join("\n");
}

function countTypes(resources: RawResources): string[] {
  const counts = new Map<string, number>();
  for (const { Type } of Object.values(resources)) counts.set(Type, (counts.get(Type) ?? 0) + 1);
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([type, count]) => `  ${count} × ${type}`);
}

type Values = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** By resource, the value at each path of its properties. */
function flatten(resources: RawResources): Values {
  return new Map(
    Object.entries(resources).map(([id, { Type, Properties }]) => {
      const values = new Map<string, string>();
      walk(inWords(Type, Properties), "", values);
      return [`${Type} ${withoutHashes(id)}`, values];
    }),
  );
}

/** Rules of web ACLs by name, each in a line; statements of policies by action; of environments only what holds the change. */
function inWords(type: string, properties: Properties): Properties {
  const { Rules, PolicyDocument, Environment, ...rest } = properties;
  if (type === "AWS::WAFv2::WebACL" || type === "AWS::WAFv2::RuleGroup") return { ...rest, Rules: rulesInWords(Rules) };
  if (type === "AWS::CloudWatch::Alarm") return { ...rest, Metrics: rest.Metrics?.map(metricInWords) };
  if (type === "AWS::IAM::Policy") return { allows: actionsOf(PolicyDocument) };
  if (type === "AWS::Lambda::Function") return { ...rest, Environment: Environment?.Variables };
  return properties;
}

function rulesInWords(rules: Properties[]): Record<string, string> {
  const action = ({ Action, OverrideAction }: Properties) => Object.keys(Action ?? OverrideAction)[0];
  return Object.fromEntries(rules.map((rule) => [rule.Name, `${action(rule)} if ${statementInWords(rule.Statement)}`]));
}

function metricInWords({ Expression, MetricStat }: Properties): string {
  if (Expression) return Expression;
  const { Metric, Stat } = MetricStat;
  const dimensions = (Metric.Dimensions ?? []).map(({ Value }: Properties) => withoutHashes(JSON.stringify(Value)));
  return `${Stat} of ${Metric.MetricName} ${dimensions.join(" ")}`;
}

function statementInWords(statement: Properties): string {
  const [[kind = "", body] = []] = Object.entries<Properties>(statement);
  const list = () => body.Statements.map(statementInWords).join(", ");
  const field = () => body.FieldToMatch.SingleHeader?.Name ?? Object.keys(body.FieldToMatch)[0];
  const words: Readonly<Record<string, () => string>> = {
    AndStatement: () => `all(${list()})`,
    OrStatement: () => `any(${list()})`,
    NotStatement: () => `not(${statementInWords(body.Statement)})`,
    IPSetReferenceStatement: () => withoutHashes(body.Arn["Fn::GetAtt"][0].replace("IpSetsportcullis", "")),
    ByteMatchStatement: () => `${field()} ${body.PositionalConstraint} ${body.SearchString.split(".").at(-1)}`,
    RegexPatternSetReferenceStatement: () => `${field()} matches ${withoutHashes(body.Arn["Fn::GetAtt"][0])}`,
    SizeConstraintStatement: () => `${field()} ${body.ComparisonOperator} ${body.Size}`,
    LabelMatchStatement: () => body.Key,
    ManagedRuleGroupStatement: () => body.Name,
    RateBasedStatement: () => {
      const only = body.ScopeDownStatement ? ` of ${statementInWords(body.ScopeDownStatement)}` : "";
      return `more than ${body.Limit} in ${body.EvaluationWindowSec} s per ${body.AggregateKeyType}${only}`;
    },
  };
  return words[kind]?.() ?? kind;
}

function actionsOf({ Statement }: Properties): Record<string, string> {
  const pairs = Statement.flatMap(({ Action, Resource }: Properties) =>
    [Action].flat().map((action: string) => [action, `${[Resource].flat().length} resources`]),
  );
  return Object.fromEntries(pairs);
}

function walk(value: unknown, path: string, into: Map<string, string>): void {
  if (typeof value !== "object" || value === null || isReference(value)) {
    into.set(path, withoutHashes(JSON.stringify(value) ?? ""));
    return;
  }
  for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key, into);
}

function isReference(value: object): boolean {
  return Object.keys(value).length === 1 && Object.keys(value).every((key) => key === "Ref" || key.startsWith("Fn::"));
}

/** CDK's ids end in eight digits of a hash, those of versions in thirty-two more. */
function withoutHashes(text: string): string {
  return text
    .replaceAll("111122223333", "ACCOUNT")
    .replaceAll(/(?<=[A-Za-z0-9])[0-9A-F]{8}([0-9a-f]{32})?(?![0-9A-Za-z])/g, "");
}

function compare(base: Values, other: Values): string[] {
  const added = [...other.keys()].filter((resource) => !base.has(resource)).map((resource) => `  + ${resource}`);
  const gone = [...base.keys()].filter((resource) => !other.has(resource)).map((resource) => `  - ${resource}`);
  const changed = [...other].flatMap(([resource, values]) => {
    const before = base.get(resource);
    const lines = before ? compareValues(before, values) : [];
    return lines.length > 0 ? [`  ~ ${resource}`, ...lines] : [];
  });
  return [...gone, ...added, ...changed];
}

/** What is longer is no help to a reader; that it changes is. */
const LONGEST_VALUE = 120;

function compareValues(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .map((path) => [path, before.get(path) ?? "–", after.get(path) ?? "–"] as const)
    .filter(([, old, now]) => old !== now)
    .map(([path, old, now]) => {
      const isShort = old.length + now.length <= LONGEST_VALUE || path.startsWith("Rules.");
      return `      ${path}: ${isShort ? `${old} → ${now}` : "another"}`;
    });
}
