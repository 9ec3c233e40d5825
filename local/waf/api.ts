/** WAFv2 on the wire: reading and replacing IP sets and sets of patterns, reading web ACLs. Everything else is no operation here. */
import * as z from "zod";

import type { Instant } from "../../functions/domain/instant.ts";
import { AwsError, jsonService, type Operation } from "../aws-wire.ts";
import type { AwsCall, AwsService } from "../ports.ts";
import { type IpSet, invalidParameter, type WafScope } from "./ip-set.ts";
import type { PatternSet } from "./pattern-set.ts";
import { descriptionSchema } from "./template-part.ts";
import { createThrottle } from "./throttle.ts";
import type { WebAcl } from "./web-acl.ts";

export interface WafState {
  readonly now: () => Instant;
  readonly ipSets: readonly IpSet[];
  readonly patternSets: readonly PatternSet[];
  readonly webAcls: readonly WebAcl[];
  /** The web ACL of a resource; only REGIONAL ones can be asked for so, CloudFront answers for its own. */
  readonly aclOf: (resourceArn: string) => WebAcl | undefined;
  /** The logging configuration of a web ACL as the template has it. */
  readonly loggingOf: (aclArn: string) => unknown;
  /** Puts one, or takes it away. */
  readonly setLogging: (aclArn: string, logging: unknown) => void;
}

const scope = z.enum(["CLOUDFRONT", "REGIONAL"]);
const reference = z.object({ Name: z.string(), Scope: scope, Id: z.string() });
const listing = z.object({
  Scope: scope,
  NextMarker: z.string().optional(),
  Limit: z.number().int().min(1).max(100).default(100),
});
const update = reference.extend({
  Description: descriptionSchema.optional(),
  Addresses: z.array(z.string()),
  LockToken: z.string(),
});

const updatePatterns = reference.extend({
  Description: descriptionSchema.optional(),
  RegularExpressionList: z.array(z.object({ RegexString: z.string() })),
  LockToken: z.string(),
});

const onResource = z.object({ ResourceArn: z.string() });
const loggingInput = z.object({ LoggingConfiguration: z.looseObject({ ResourceArn: z.string() }) });

/** "AWS WAF quotas": per account and Region, all sets together for writes, each action by itself for the rest. */
const WRITES_PER_SECOND = 1;
const READS_PER_SECOND = 5;

export function wafService(state: WafState): AwsService {
  const writes = createThrottle(WRITES_PER_SECOND);
  const reads = createThrottle(READS_PER_SECOND);

  const read = <T>(schema: z.ZodType<T>, answer: (input: T, call: AwsCall) => unknown): Operation<unknown, unknown> => {
    return (input, call) => {
      admit(reads.admits(`${call.region} ${call.headers["x-amz-target"]}`, state.now()));
      return answer(parseInput(schema, input), call);
    };
  };

  return jsonService({
    version: "1.1",
    resources: (_operation, input) => arnsOf(state, input),
    operations: {
      GetIPSet: read(reference, (input, call) => {
        const set = find(state.ipSets, input, call);
        return {
          IPSet: { ...summary(set), IPAddressVersion: set.version, Addresses: set.addresses },
          LockToken: set.lockToken,
        };
      }),
      ListIPSets: read(listing, (input, call) => page("IPSets", state.ipSets, input, call)),
      UpdateIPSet(raw, call) {
        admit(writes.admits(call.region, state.now()));
        const input = parseInput(update, raw);
        const set = find(state.ipSets, input, call);
        set.replace(input.Addresses, input.Description, input.LockToken);
        return { NextLockToken: set.lockToken };
      },
      GetRegexPatternSet: read(reference, (input, call) => {
        const set = find(state.patternSets, input, call);
        const RegularExpressionList = set.patterns.map((RegexString) => ({ RegexString }));
        return { RegexPatternSet: { ...summary(set), RegularExpressionList }, LockToken: set.lockToken };
      }),
      ListRegexPatternSets: read(listing, (input, call) => page("RegexPatternSets", state.patternSets, input, call)),
      UpdateRegexPatternSet(raw, call) {
        admit(writes.admits(`${call.region} patterns`, state.now()));
        const input = parseInput(updatePatterns, raw);
        const set = find(state.patternSets, input, call);
        const patterns = input.RegularExpressionList.map(({ RegexString }) => RegexString);
        set.replace(patterns, input.Description, input.LockToken);
        return { NextLockToken: set.lockToken };
      },
      GetWebACL: read(reference, (input, call) => {
        const acl = find(state.webAcls, input, call);
        return { WebACL: describeAcl(acl), LockToken: acl.lockToken };
      }),
      ListWebACLs: read(listing, (input, call) => page("WebACLs", state.webAcls, input, call)),
      GetWebACLForResource: read(onResource, ({ ResourceArn }) => {
        const acl = state.aclOf(ResourceArn);
        if (acl?.scope === "CLOUDFRONT") throw invalidParameter("RESOURCE_ARN", ResourceArn);
        return acl ? { WebACL: describeAcl(acl) } : {};
      }),
      GetLoggingConfiguration: read(onResource, ({ ResourceArn }) => {
        const logging = state.loggingOf(ResourceArn);
        if (!logging) throw nonexistent();
        return { LoggingConfiguration: logging };
      }),
      PutLoggingConfiguration(raw) {
        const { LoggingConfiguration } = parseInput(loggingInput, raw);
        const { ResourceArn } = LoggingConfiguration;
        if (!state.webAcls.some(({ arn }) => arn === ResourceArn)) throw nonexistent();
        state.setLogging(ResourceArn, LoggingConfiguration);
        return { LoggingConfiguration };
      },
      DeleteLoggingConfiguration(raw) {
        const { ResourceArn } = parseInput(onResource, raw);
        if (!state.loggingOf(ResourceArn)) throw nonexistent();
        state.setLogging(ResourceArn, undefined);
        return {};
      },
    },
  });
}

function admit(admitted: boolean): void {
  if (!admitted) throw new AwsError("ThrottlingException", "Rate exceeded");
}

function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AwsError("ValidationException", `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? ""}`);
}

interface Named {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly scope: WafScope;
  readonly region: string;
  readonly lockToken: string;
  readonly description?: string | undefined;
}

function find<T extends Named>(all: readonly T[], wanted: z.infer<typeof reference>, call: AwsCall): T {
  const found = visible(all, wanted.Scope, call).find(({ name, id }) => name === wanted.Name && id === wanted.Id);
  if (!found) throw nonexistent();
  return found;
}

/** What exists for a caller of this Region: global things are known in us-east-1 and nowhere else. */
function visible<T extends Named>(all: readonly T[], asked: WafScope, call: AwsCall): T[] {
  if (asked === "CLOUDFRONT" && call.region !== "us-east-1")
    throw invalidParameter("SCOPE_VALUE", asked, "The scope is not valid.");
  return all.filter((each) => each.scope === asked && each.region === call.region);
}

function nonexistent(): AwsError {
  return new AwsError(
    "WAFNonexistentItemException",
    "AWS WAF couldn’t perform the operation because your resource doesn’t exist.",
  );
}

/** A page of a listing; the marker is the name of the last item that was shown. */
function page(key: string, all: readonly Named[], input: z.infer<typeof listing>, call: AwsCall) {
  const sorted = visible(all, input.Scope, call).sort((a, b) => (a.name < b.name ? -1 : 1));
  const rest = sorted.filter(({ name }) => input.NextMarker === undefined || name > input.NextMarker);
  const shown = rest.slice(0, input.Limit);
  const last = shown.at(-1);
  return {
    [key]: shown.map((each) => ({ ...summary(each), LockToken: each.lockToken })),
    ...(last && rest.length > shown.length ? { NextMarker: last.name } : {}),
  };
}

function summary({ name, id, arn, description }: Named) {
  return { Name: name, Id: id, ARN: arn, ...(description === undefined ? {} : { Description: description }) };
}

function describeAcl(acl: WebAcl) {
  return { ...summary(acl), ...acl.document, Rules: withBlobs(acl.document.Rules) };
}

/** A template writes `SearchString` as text; on the wire it is a blob, which JSON carries in base64. */
function withBlobs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBlobs);
  if (typeof value !== "object" || value === null) return value;
  const encode = (name: string, member: unknown) =>
    name === "SearchString" && typeof member === "string" ? Buffer.from(member).toString("base64") : withBlobs(member);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encode(name, member)]));
}

function arnsOf({ ipSets, patternSets, webAcls }: WafState, input: unknown): string[] {
  const resource = onResource.safeParse(input);
  if (resource.success) return [resource.data.ResourceArn];
  const wanted = reference.safeParse(input);
  if (!wanted.success) return [];
  return [...ipSets, ...patternSets, ...webAcls]
    .filter(({ name, id }) => name === wanted.data.Name && id === wanted.data.Id)
    .map(({ arn }) => arn);
}
