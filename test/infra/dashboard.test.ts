import { anAssembly, only, type Properties } from "./builders.ts";

const { DashboardBody, DashboardName } = only(
  anAssembly({ thresholds: [50, 80], quotas: { UserCreation: 7 } }),
  "AWS::CloudWatch::Dashboard",
).properties;
const { widgets }: { widgets: Properties[] } = JSON.parse(DashboardBody);
const titled = (title: string): Properties => widgets.find(({ properties }) => properties.title === title)?.properties;

test("is called like the deployment, so that people find it", () => {
  expect(DashboardName).toBe("portcullis");
});

test("tells in this order what comes in, what was done about it, and whether we still see and act", () => {
  expect(widgets.map(({ properties }) => properties.title)).toEqual([
    ...["UserAuthentication", "UserCreation", "UserAccountRecovery", "UserToken", "UserResourceRead"],
    ...["Requests", "Blocked at the edge, by rule", "Calls that Cognito throttled"],
    ...["Bans", "In force", "Room"],
    ...["Runs", "Approvals", "Writing the IP sets"],
    ...["Rows found of what CloudWatch counted, %", "Sensors (1: works)", "Errors of the edge function"],
    "Pulse",
  ]);
});

test("quota use is read in the pool's Region, in per cent of the config's quota, with the config's thresholds", () => {
  const { metrics, annotations } = titled("UserCreation");
  expect(annotations.horizontal.map(({ value }: Properties) => value)).toEqual([50, 80]);
  expect(metrics[0]).toEqual([
    expect.objectContaining({ expression: "100*(usage/PERIOD(usage))/7", region: "eu-west-1", period: 60 }),
  ]);
  expect(metrics[1].at(-1)).toMatchObject({ id: "usage", region: "eu-west-1", visible: false, stat: "Sum" });
});

test("blocked requests are told apart by the rules that block", () => {
  const rules = titled("Blocked at the edge, by rule").metrics.map((metric: Properties[]) => metric.at(-1).label);
  expect(rules).toEqual(["DenyList", "Valid", "RateLimit"]);
});

test("fits a row of 24", () => {
  for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  const rows = new Map<number, number>();
  for (const { y, width } of widgets) rows.set(y, (rows.get(y) ?? 0) + width);
  expect([...rows.values()]).toEqual([20, 24, 24, 24, 24, 24]);
});
