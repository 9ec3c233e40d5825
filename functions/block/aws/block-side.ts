/** All adapters that change bans, joined: for the handlers, and for the command line, which does the same things. */
import type { IpSets } from "../../domain/environment.ts";
import { paceOf } from "../pace.ts";
import type { Timing } from "../ports.ts";
import { dynamoDbControl } from "./dynamodb-control.ts";
import { ledgerTable } from "./dynamodb-items.ts";
import { dynamoDbLedger } from "./dynamodb-ledger.ts";
import { dynamoDbOutbox } from "./dynamodb-outbox.ts";
import { dynamoDbPolicy } from "./dynamodb-policy.ts";
import { dynamoDbProposals } from "./dynamodb-proposals.ts";
import { dynamoDbSetStates } from "./dynamodb-set-states.ts";
import { cloudFrontPrefixLists } from "./prefix-lists.ts";
import { wafIpSets } from "./wafv2-ip-sets.ts";

const systemTiming: Timing = {
  now: () => Date.now(),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: () => Math.random(),
};

/** WAF's rates per account and Region: one UpdateIPSet a second, five reads. */
const WRITES = { everyMs: 1_050, burst: 1 };
const READS = { everyMs: 210, burst: 5 };

export function ledgerSide(table: string, region?: string) {
  const items = ledgerTable(table, region === undefined ? {} : { region });
  return {
    bans: dynamoDbLedger(items),
    control: dynamoDbControl(items),
    policies: dynamoDbPolicy(items),
    proposals: dynamoDbProposals(items),
    setStates: dynamoDbSetStates(items),
    outbox: dynamoDbOutbox(items),
    timing: systemTiming,
  };
}

export function blockSide(table: string, sets: IpSets, region?: string) {
  return {
    ...ledgerSide(table, region),
    ipSets: wafIpSets(sets, paceOf(READS, systemTiming)),
    turn: paceOf(WRITES, systemTiming),
    prefixLists: cloudFrontPrefixLists(region === undefined ? {} : { region }),
  };
}
