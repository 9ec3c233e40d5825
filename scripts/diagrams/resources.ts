/** What a deployment consists of and what refers to what, from the synthesised templates of the example config. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../../local/build-cache.ts";
import { synthesise } from "../../local/synth.ts";
import { type Assembly, type Resource, readAssembly } from "../../local/template.ts";
import { type Edge, edgeLine, flowchart, type Node, nodeLine, subgraph } from "./mermaid.ts";

/** Beginnings of logical ids, which are the names of the constructs in `infra/`. */
const constructs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "portcullis-edge": {
    Proxy: "distribution",
    WebAcl: "edgeAcl",
    IpSets: "edgeAcl",
    Edge: "edgeFunction",
    Secrets: "secrets",
    WafLogs: "lake",
    CloudFrontLogs: "lake",
    LogLake: "lake",
    Rollups: "rollups",
    Told: "rollups",
    Evidence: "athena",
    NamedQueries: "people",
    LogQueries: "people",
    Overview: "people",
    Ledger: "ledger",
    Notices: "notices",
    WorkflowMitigate: "mitigate",
    WorkflowApprove: "approve",
    WorkflowRollup: "rollup",
    TriggersAlarms: "rule",
    TriggersDeadLetters: "deadLetters",
    Triggers: "schedules",
    Health: "healthAlarms",
  },
  "portcullis-pool": {
    WebAcl: "poolAcl",
    IpSets: "poolAcl",
    WafLogs: "poolLogs",
    Trail: "poolLogs",
    FastTrail: "poolLogs",
    Forwarding: "forwarding",
  },
};

const boxes: Readonly<Record<string, { readonly title: string; readonly store?: true }>> = {
  distribution: { title: "CloudFront distribution" },
  edgeAcl: { title: "Web ACL and IP sets" },
  edgeFunction: { title: "Lambda@Edge" },
  secrets: { title: "Secrets Manager", store: true },
  lake: { title: "Log lake", store: true },
  rollups: { title: "Rollups", store: true },
  athena: { title: "Athena and evidence", store: true },
  people: { title: "For people: dashboard, saved queries" },
  ledger: { title: "Ledger", store: true },
  notices: { title: "Notices (SNS)" },
  mitigate: { title: "mitigate" },
  approve: { title: "approve" },
  rollup: { title: "rollup" },
  rule: { title: "Alarm rule (EventBridge)" },
  schedules: { title: "Schedules" },
  deadLetters: { title: "Dead letters", store: true },
  healthAlarms: { title: "Alarms on ourselves" },
  edgeAlarms: { title: "Alarms that start runs" },
  poolAlarms: { title: "Alarms that start runs" },
  runFunctions: { title: "Functions of a run" },
  approvalFunctions: { title: "Functions of an approval" },
  upkeepFunctions: { title: "Functions of the upkeep" },
  poolAcl: { title: "Web ACL and IP sets of the pool" },
  poolLogs: { title: "CloudTrail and WAF logs", store: true },
  forwarding: { title: "Alarm events to us-east-1" },
};

export async function resourcesDiagram(): Promise<string> {
  const config = JSON.parse(readFileSync(join(projectRoot, "portcullis.config.example.json"), "utf8"));
  const assembly = readAssembly(await synthesise(config));
  const placed = assembly.resources.map((resource) => ({ resource, box: boxOf(resource, assembly) }));
  const edges = [...outside, ...references(placed)];
  const stacks = assembly.stacks.flatMap(({ name, region }) =>
    subgraph(name.replace("-", "_"), `stack ${name}, ${region}`, nodesOf(placed, name)),
  );
  return flowchart("TB", ['viewer(["Clients"])', ...stacks, 'userPool(["User pool"])', ...edges.map(edgeLine)]);
}

/** What no template says: who calls, what watches a log, and how a metric becomes an alarm. */
const outside: readonly Edge[] = [
  { from: "viewer", to: "distribution" },
  { from: "viewer", to: "poolAcl", label: "round the proxy" },
  { from: "distribution", to: "poolAcl" },
  { from: "poolAcl", to: "userPool" },
  { from: "userPool", to: "poolAlarms", label: "metrics" },
  { from: "userPool", to: "poolLogs" },
  { from: "poolAlarms", to: "forwarding" },
  { from: "forwarding", to: "rule" },
  { from: "edgeAlarms", to: "rule" },
];

interface Placed {
  readonly resource: Resource;
  readonly box: string;
}

function boxOf(resource: Resource, assembly: Assembly): string {
  const { stack, logicalId, type } = resource;
  if (logicalId.startsWith("Functions")) return functionBox(resource, assembly);
  if (type === "AWS::CloudWatch::Alarm" && !logicalId.startsWith("Health"))
    return isTold(resource) ? "healthAlarms" : stack.replace("portcullis-", "").concat("Alarms");
  const prefixes = Object.keys(constructs[stack] ?? {}).filter((prefix) => logicalId.startsWith(prefix));
  const longest = prefixes.sort((a, b) => b.length - a.length)[0];
  const box = longest && constructs[stack]?.[longest];
  if (!box)
    throw new Error(`${stack}/${logicalId} (${type}) is in no box: give it one in scripts/diagrams/resources.ts`);
  return box;
}

/** By the deployment's naming: only these start no run. */
function isTold({ name }: Resource): boolean {
  return name.startsWith("health-");
}

function functionBox({ logicalId }: Resource, assembly: Assembly): string {
  const own = assembly.ofType("AWS::Lambda::Function").find(({ logicalId: id }) => sharesConstruct(id, logicalId));
  const calledBy = (machine: string) =>
    assembly
      .ofType("AWS::StepFunctions::StateMachine")
      .some((each) => each.name.endsWith(machine) && own && names(JSON.stringify(each.properties), own.arn));
  if (calledBy("-mitigate")) return "runFunctions";
  if (
    calledBy("-approve") ||
    assembly.ofType("AWS::Lambda::Url").some(({ logicalId: id }) => sharesConstruct(own?.logicalId ?? "", id))
  )
    return "approvalFunctions";
  return "upkeepFunctions";
}

/** Functions/<name>/…: the function's logical id is its name before "Function". */
function sharesConstruct(functionId: string, other: string): boolean {
  return other.startsWith(functionId.replace(/Function[0-9A-F]{8}$/, ""));
}

const silent: ReadonlySet<string> = new Set(["people", "healthAlarms", "deadLetters"]);
const logs: ReadonlySet<string> = new Set(["lake", "poolLogs"]);
/** The distribution tells its function which secret to read, and reads none. */
const named: ReadonlySet<string> = new Set(["distribution secrets"]);

/** An arrow from whoever may act on a thing, or is told by it, to the thing; what only watches gets none. */
function references(placed: readonly Placed[]): Edge[] {
  const drawn = placed.filter(({ box }) => !silent.has(box));
  const found = new Map(
    drawn
      .flatMap(({ resource, box }) => {
        const mentions = mentionsOf(resource);
        const others = drawn.filter((other) => other.box !== box && mentions(other.resource));
        return others.map((other) => directed(box, other.box));
      })
      .map((edge): [string, Edge] => [`${edge.from} ${edge.to}`, edge]),
  );
  return [...found]
    .filter(([name]) => !named.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, edge]) => edge);
}

/** A log's settings name what is logged; the records go the other way. */
function directed(box: string, other: string): Edge {
  return logs.has(box) && !logs.has(other) ? { from: other, to: box } : { from: box, to: other };
}

/** Whether a resource's properties name another one: by its ARN, by an ARN with wildcards, or a bucket by its name. */
function mentionsOf({ properties }: Resource): (other: Resource) => boolean {
  const text = JSON.stringify(properties);
  const patterns = [...text.matchAll(/arn:aws:[\w-]+:[\w-]*:\d*:[\w/-][^"\\]*\*/g)].map(
    ([pattern]) => new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`),
  );
  return ({ arn, name, type }) => {
    if (type.startsWith("AWS::IAM::")) return false;
    if (type === "AWS::S3::Bucket" && names(text, name)) return true;
    return arn !== "" && (names(text, arn) || patterns.some((pattern) => pattern.test(arn)));
  };
}

function names(text: string, identity: string): boolean {
  return new RegExp(`${escaped(identity)}(?![\\w-])`).test(text);
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function nodesOf(placed: readonly Placed[], stack: string): string[] {
  const here = placed.filter(({ resource }) => resource.stack === stack);
  return [...new Set(here.map(({ box }) => box))].map((box) => {
    const own = here.filter((each) => each.box === box).map(({ resource }) => resource);
    return nodeLine(nodeOf(box, own));
  });
}

function nodeOf(box: string, resources: readonly Resource[]): Node {
  const { title, store } = boxes[box] ?? { title: box };
  const functions = resources.filter(({ type }) => type === "AWS::Lambda::Function").map(({ name }) => shortName(name));
  const schedules = resources
    .filter(({ type }) => type === "AWS::Scheduler::Schedule")
    .map(({ name }) => shortName(name));
  const alarms = resources.filter(({ type }) => type === "AWS::CloudWatch::Alarm").length;
  const more = [...functions, ...schedules].join(", ") || (alarms > 1 ? `${alarms} alarms` : "");
  return { id: box, lines: [title, ...(more && box !== "edgeFunction" ? [more] : [])], shape: store ? "store" : "box" };
}

function shortName(name: string): string {
  return name.replace(/^portcullis-/, "");
}
