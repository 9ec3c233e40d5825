import { createAccounts } from "../../../local/demo/accounts.ts";
import { createChronicle } from "../../../local/demo/chronicle.ts";
import { playHeadline, type Situation } from "../../../local/demo/headline.ts";
import { namedSources } from "../../../local/demo/named-sources.ts";
import { undecidedOf } from "../../../local/demo/undecided.ts";
import { aBan, aClaim, aReason, aVerdict } from "../../block/builders.ts";
import { aProposal } from "../../report/builders.ts";

const ban = aBan();
const now = Date.parse(ban.bannedAt) + 60_000;
const rowsOf = (over: Partial<Parameters<typeof namedSources>[0]>) =>
  namedSources({ bans: [], verdicts: [], proposed: new Set(), ...over }, now);

test("a ban in force has the reason of its claim, who decided, and its end", () => {
  const claims = { "run-1": aClaim({ origin: "approved", by: "ada", reasons: [aReason({ text: "why" })] }) };
  expect(rowsOf({ bans: [aBan({ claims })] })).toMatchObject([
    { state: "blocked", reasons: ["why"], decidedBy: "approved by ada", until: ban.expiresAt, secondsLeft: 3540 },
  ]);
});

test.each([
  { case: "a simulated ban", over: { bans: [aBan({ simulated: true })] }, state: "simulated" },
  { case: "a ban that was released", over: { bans: [aBan({ status: "released" as const })] }, state: "released" },
  {
    case: "somebody who was free again and is proposed again",
    over: { bans: [aBan({ status: "released" as const })], proposed: new Set([ban.source]) },
    state: "waiting",
  },
  {
    case: "somebody who is proposed",
    over: { verdicts: [aVerdict()], proposed: new Set([ban.source]) },
    state: "waiting",
  },
  { case: "an offender of a mode that does not block", over: { verdicts: [aVerdict()] }, state: "free" },
  { case: "somebody who is watched", over: { verdicts: [aVerdict({ verdict: "watch" })] }, state: "watched" },
])("$case is shown as $state", ({ over, state }) => {
  expect(rowsOf(over).map((row) => row.state)).toEqual([state]);
});

test("who is blocked stands above who is free again, and who is ignored is not shown", () => {
  const free = aBan({ source: "203.0.113.9/32", status: "released" });
  const verdicts = [aVerdict({ source: "192.0.2.1/32", verdict: "ignore" })];
  expect(rowsOf({ bans: [free, ban], verdicts }).map(({ source }) => source)).toEqual([ban.source, free.source]);
});

const open = aProposal({ updatedAt: ban.bannedAt });
const stage = { proposed: () => new Set([ban.source, "203.0.113.9/32"]) };
test("a proposal is undecided until all that it names has been banned since", () => {
  const other = aBan({ source: "203.0.113.9/32" });
  expect(undecidedOf(stage, [open], [ban])).toEqual([open]);
  expect(undecidedOf(stage, [open], [ban, other])).toEqual([]);
  expect(undecidedOf(stage, [open], [ban, { ...other, bannedAt: "2020-01-01T00:00:00.000Z" }])).toEqual([open]);
  expect(undecidedOf(stage, [{ ...open, status: "approved" }], [])).toEqual([]);
});

test("the chronicle tells each thing once, and nothing of what the story tells", () => {
  const chronicle = createChronicle();
  const alarms = [{ name: "portcullis-UserCreation-50", inAlarm: true, firedAt: now }];
  const world = { now, alarms, bans: [ban], proposals: [open] };
  chronicle.look(world, true);
  chronicle.look(world, false);
  expect(chronicle.events()).toEqual([]);
  const freed = { ...ban, status: "released" as const };
  const fresh = aBan({ source: "203.0.113.9/32" });
  const next = { ...world, alarms: [], bans: [freed, fresh], proposals: [{ ...open, version: 2 }] };
  chronicle.look(next, false);
  chronicle.look(next, false);
  chronicle.look({ ...next, alarms }, false);
  expect(chronicle.events().map(({ text }) => text)).toEqual([
    `1 source is banned until ${fresh.expiresAt.slice(11, 19)}`,
    "The sweep releases 1 source",
    "1 source of UserAuthentication filed for a person (version 2)",
    "The alarm portcullis-UserCreation-50 fires",
  ]);
});

test.each<{ over: Partial<Situation>; tone: string; says: string }>([
  { over: {}, tone: "calm", says: "All is quiet" },
  { over: { loud: ["Flood"] }, tone: "alarm", says: "Flood: under way" },
  { over: { loud: ["Flood"], alarms: 1, isRunning: true }, tone: "alarm", says: "the alarm has fired" },
  { over: { loud: ["Flood"], blocked: 2 }, tone: "good", says: "2 sources are blocked" },
  { over: { blocked: 1, undecided: 3 }, tone: "alarm", says: "3 sources wait for your decision" },
  { over: { simulated: 2 }, tone: "calm", says: "2 sources would be blocked" },
  { over: { mode: "paused" }, tone: "calm", says: "Nobody will be blocked" },
])("the headline says $says", ({ over, tone, says }) => {
  const quiet: Situation = {
    ...{ mode: "enforce", loud: [], alarms: 0, isRunning: false, undecided: 0, blocked: 0, simulated: 0 },
    ...over,
  };
  const told = playHeadline(quiet);
  expect([told.tone, told.headline]).toEqual([tone, expect.stringContaining(says)]);
});

test("a name of a list stands for one account, which is made once, and there are not many of them", async () => {
  const made: string[] = [];
  const accountOf = createAccounts((name) => void made.push(name));
  const names = Array.from({ length: 90 }, (_, index) => `guess-${index}`);
  const accounts = await Promise.all([...names, ...names].map(accountOf));
  expect(accounts.slice(90)).toEqual(accounts.slice(0, 90));
  expect([made.length, new Set(accounts).size]).toEqual([30, 30]);
});
