/** Every benign look-alike, in every window of either size, with every set of logs. */
import { logSets } from "../../functions/detect/detection.ts";
import { DAY, type Window } from "../../functions/domain/instant.ts";
import { bansOf, cases, filesOf } from "./case-logs.ts";
import { logFolder } from "./log-folder.ts";
import { T0 } from "./traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const span: Window = { from: T0 - DAY, to: T0 + DAY };

const benign = cases.filter(({ kind }) => kind === "benign");

test.each(benign.flatMap((each) => logSets.map((set) => ({ ...each, set }))))(
  "$id $name bans nobody with $set",
  async ({ path, set }) => {
    const bans = await bansOf(filesOf(folder, path, set), span);
    // Without CloudTrail nobody is known to get in, so a person is asked.
    const against = set === "waf" ? bans.filter(({ handsOff }) => handsOff) : bans;
    expect(against.map(({ source, reasons }) => [source, reasons[0]?.text])).toEqual([]);
  },
);

test("of the clear cases most are bans by the same means", async () => {
  const firing = cases.filter(({ kind, expect: { verdict } }) => kind === "fires" && verdict === "ban");
  for (const { path, source } of firing) {
    const bans = await bansOf(filesOf(folder, path, "waf + cloudtrail"), span);
    expect(bans.map((ban) => ban.source)).toContain(source);
  }
}, 60_000);
