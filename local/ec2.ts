/** EC2, of which only AWS's managed prefix lists of CloudFront are here: guards must never ban CloudFront itself. */
import { cloudFrontRanges } from "../functions/domain/cloudfront-ranges.ts";
import { AwsError, type QueryInput, queryService } from "./aws-wire.ts";
import type { AwsService } from "./ports.ts";

interface PrefixList {
  readonly id: string;
  readonly name: string;
  readonly family: "IPv4" | "IPv6";
  readonly entries: readonly string[];
}

const isIpv6 = (range: string) => range.includes(":");

/** The real lists are shorter than CloudFront's published ranges: they hold the addresses that call origins. */
const lists: readonly PrefixList[] = [
  {
    id: "pl-3b927c52",
    name: "com.amazonaws.global.cloudfront.origin-facing",
    family: "IPv4",
    entries: cloudFrontRanges.ranges.filter((range) => !isIpv6(range)),
  },
  {
    id: "pl-0b1c2d3e4f5061728",
    name: "com.amazonaws.global.ipv6.cloudfront.origin-facing",
    family: "IPv6",
    entries: cloudFrontRanges.ranges.filter(isIpv6),
  },
];

export function createEc2(): AwsService {
  const arnOf = (id: string, region: string) => `arn:aws:ec2:${region}:aws:prefix-list/${id}`;
  return queryService({
    namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    dialect: "ec2",
    operations: {
      DescribeManagedPrefixLists: (input, { region }) => ({
        prefixListSet: {
          item: matching(input).map(({ id, name, family, entries }) => ({
            prefixListId: id,
            prefixListName: name,
            prefixListArn: arnOf(id, region),
            addressFamily: family,
            maxEntries: entries.length,
            ownerId: "AWS",
            state: "create-complete",
            version: 1,
          })),
        },
      }),
      GetManagedPrefixListEntries: (input) => {
        const list = lists.find(({ id }) => id === input.PrefixListId);
        if (!list)
          throw new AwsError(
            "InvalidPrefixListID.NotFound",
            `The prefix list ID '${input.PrefixListId}' does not exist`,
          );
        const from = Number(input.NextToken ?? 0);
        const to = from + Math.min(100, Number(input.MaxResults ?? 100));
        return {
          entrySet: { item: list.entries.slice(from, to).map((cidr) => ({ cidr })) },
          nextToken: to < list.entries.length ? to : undefined,
        };
      },
    },
    resources: (operation, { PrefixListId = "" }, { region }) =>
      operation === "GetManagedPrefixListEntries" ? [arnOf(PrefixListId, region)] : [],
  });
}

/** Lists that fulfil all filters (`Filter.1.Name`, `Filter.1.Value.1`, …) and ids of the request. */
function matching(input: QueryInput): PrefixList[] {
  const ids = valuesBelow(input, "PrefixListId");
  const filters = Object.entries(input)
    .filter(([key]) => /^Filter\.\d+\.Name$/.test(key))
    .map(([key, name]) => ({ name, values: valuesBelow(input, key.replace(/Name$/, "Value")) }));
  for (const { name } of filters)
    if (name !== "prefix-list-name" && name !== "owner-id")
      throw new AwsError("InvalidParameterValue", `The filter '${name}' is invalid`);
  return lists.filter(
    (list) =>
      (ids.length === 0 || ids.includes(list.id)) &&
      filters.every(({ name, values }) => values.includes(name === "owner-id" ? "AWS" : list.name)),
  );
}

function valuesBelow(input: QueryInput, prefix: string): string[] {
  return Object.entries(input)
    .filter(([key]) => key.startsWith(`${prefix}.`))
    .map(([, value]) => value);
}
