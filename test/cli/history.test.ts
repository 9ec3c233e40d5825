import { analyze } from "../../cli/analyze.ts";
import { DAY, MINUTE } from "../../functions/domain/instant.ts";
import { logFolder, writeLogs } from "../detect/log-folder.ts";
import { aCall, type Call, errors, series, srpSignIn, T0 } from "../detect/traffic.ts";
import { run } from "./run-command.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const OFFICE = "192.0.2.50";
const RENTED = "203.0.113.9";

function spray(ip: string): Call[] {
  return series(40, 5_000, (index) => ({ ip, user: `${ip}-${index}`, error: errors.wrongPassword }));
}
const daysAgo = (days: number, ip: string, user: string) => srpSignIn(T0 - days * DAY, ip, user);

/** The same spray from both addresses, and from both somebody gets in meanwhile; only in the office they did before. */
const now = [
  ...spray(OFFICE),
  ...spray(RENTED),
  ...srpSignIn(T0 + MINUTE, OFFICE, "anna"),
  ...srpSignIn(T0 + MINUTE, RENTED, "bought"),
];
const earlier = [3, 2].flatMap((days) => daysAgo(days, OFFICE, "anna"));

async function verdicts(calls: readonly Call[]) {
  const { report } = await analyze(writeLogs(folder, calls));
  return Object.fromEntries(
    report.sources.map(({ source, handsOff, needsPerson }) => [source, { handsOff, needsPerson }]),
  );
}

test("the days before in the files tell who is established at an address", async () => {
  expect(await verdicts([...earlier, ...now])).toEqual({
    [`${OFFICE}/32`]: { handsOff: false, needsPerson: ["shared-address"] },
    [`${RENTED}/32`]: { handsOff: true, needsPerson: [] },
  });
});

test.each([
  { case: "no day before", before: [] },
  { case: "one day before", before: daysAgo(1, OFFICE, "anna") },
  { case: "days that are too long ago", before: [9, 8].flatMap((days) => daysAgo(days, OFFICE, "anna")) },
])("with $case every success sends the ban to a person", async ({ before }) => {
  const noBaseline = { handsOff: false, needsPerson: ["no-baseline"] };
  expect(await verdicts([...before, ...now])).toEqual({ [`${OFFICE}/32`]: noBaseline, [`${RENTED}/32`]: noBaseline });
});

test("backtest bans who bought a success, and files the office", async () => {
  const { waf = [], cloudtrail = [] } = writeLogs(folder, [...earlier, ...now]);
  const { out } = await run("backtest", "--waf", ...waf, "--cloudtrail", ...cloudtrail, "--every", "30m", "--json");
  const { bans, totals } = JSON.parse(out);
  expect(bans.map(({ source }: { source: string }) => source)).toEqual([`${RENTED}/32`]);
  expect(totals).toMatchObject({ filed: 1 });
});

describe("the fault breaker", () => {
  const known = (index: number) => `198.51.100.${index + 1}`;
  const many = (count: number, make: (index: number) => Call[]) =>
    Array.from({ length: count }, (_, i) => make(i)).flat();
  const lastWeek = many(15, (index) => [3, 2].flatMap((days) => daysAgo(days, known(index), `home-${index}`)));
  const faultsOf = async (calls: readonly Call[]) => {
    const { report } = await analyze(writeLogs(folder, calls));
    return report.warnings.filter((warning) => warning.includes("fault of ours"));
  };

  test("is not tripped by strangers who bought a success each, unless nothing tells them from others", async () => {
    const today = many(15, (index) => srpSignIn(T0, known(index), `home-${index}`));
    const attack = many(15, (index) => {
      const ip = `203.0.113.${index + 1}`;
      const failed = series(6, 9_000, (nth) => ({ ip, user: `user-${index}-${nth}`, error: errors.wrongPassword }));
      return [...failed, ...srpSignIn(T0 + MINUTE, ip, `bought-${index}`)];
    });
    expect(await faultsOf([...lastWeek, ...today, ...attack])).toEqual([]);
    expect(await faultsOf([...today, ...attack])).toHaveLength(1);
  });

  test("is tripped by a bad rotation that lets nobody in, for their earlier days tell who they are", async () => {
    const rotation = many(15, (index) => [
      aCall({ ip: known(index), user: `home-${index}`, error: errors.secretWrong }),
    ]);
    expect(await faultsOf([...lastWeek, ...rotation])).toHaveLength(1);
    expect(await faultsOf(rotation)).toEqual([]);
  });
});
