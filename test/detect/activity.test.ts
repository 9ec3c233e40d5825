import { activityOf } from "../../functions/detect/activity.ts";
import { toIso } from "../../functions/domain/instant.ts";
import { anOperation, aProfile } from "./profile-builders.ts";
import { T0 } from "./traffic.ts";

const window = { from: T0, to: T0 + 600_000 };
const source = "203.0.113.7/32";

test("calls are told by operation and outcome, the busiest first, both doors as one", () => {
  const operations = [
    anOperation({ operation: "SignUp", calls: 5, accepted: 4, throttled: 1 }),
    anOperation({ calls: 40, failures: 30, successes: 2, blocked: 3 }),
    anOperation({ path: "direct", calls: 10, failures: 10 }),
  ];
  const profile = aProfile({ source, operations, activeMinutes: 9, peakPerMinute: 21 });
  expect(activityOf([{ window, profiles: [profile] }])(source)).toEqual([
    {
      window: { from: toIso(window.from), to: toIso(window.to) },
      activeMinutes: 9,
      peakPerMinute: 21,
      operations: [
        { operation: "InitiateAuth", calls: 50, failures: 40, successes: 2, accepted: 0, refused: 3 },
        { operation: "SignUp", calls: 5, failures: 0, successes: 0, accepted: 4, refused: 1 },
      ],
    },
  ]);
});

test("ten times as many operations as are told lose no call", () => {
  const operations = Array.from({ length: 50 }, (_, n) => anOperation({ operation: `Operation${n}`, calls: n + 1 }));
  const [activity] = activityOf([{ window, profiles: [aProfile({ source, operations })] }])(source);
  expect(activity?.operations.map(({ operation }) => operation)).toEqual([
    ...["Operation49", "Operation48", "Operation47", "Operation46", "Operation45", "others"],
  ]);
  expect(activity?.operations.reduce((sum, { calls }) => sum + calls, 0)).toBe((50 * 51) / 2);
});

test("only windows that saw the source are told of, and of groups only ranges", () => {
  const range = aProfile({ scope: "range", source: "203.0.113.0/24", operations: [], calls: 45, failures: 45 });
  const fingerprint = aProfile({ scope: "fingerprint", source: "t13d", operations: [] });
  const activity = activityOf([
    { window, profiles: [] },
    { window, profiles: [], groups: [range, fingerprint] },
  ]);
  expect(activity("203.0.113.0/24")).toMatchObject([{ operations: [{ operation: "all operations", calls: 45 }] }]);
  expect(activity("t13d")).toEqual([]);
});
