import { marginsOf } from "../../functions/detect/margin.ts";
import { defaultPolicy as policy, policySchema } from "../../functions/domain/policy.ts";
import { anOperation, aProfile } from "./profile-builders.ts";

const circumstances = { faultsAreOurs: false, answersAreIn: true };
/** `users` users with one wrong password each. */
const sprayer = (users: number) =>
  aProfile({ operations: [anOperation({ calls: users, failures: users, distinctUsers: users, failingUsers: users })] });
const marginOf = (users: number, detection: string) =>
  marginsOf(sprayer(users), "short", policy, circumstances).find((each) => each.detection === detection);

test("a detection that fires is told with its severity and sentence, the worst first", () => {
  const [first] = marginsOf(sprayer(12), "short", policy, circumstances);

  expect(first).toMatchObject({ detection: "password-spray", reached: 1 });
  expect(first?.severity).toBeGreaterThan(0.8);
  expect(first?.text).toContain("12 different users");
});

test.each([
  [4, 0.8],
  [2, 0.4],
  [1, 0.2],
])("of five users that password-spray watches from, %s reach %s", (users, reached) => {
  expect(marginOf(users, "password-spray")).toMatchObject({ severity: 0, text: null, reached });
});

test("a condition that no number of calls fulfils is told apart from a threshold", () => {
  // Successes outweigh the failures: no smaller threshold makes this a spray.
  const operations = [anOperation({ calls: 40, failures: 4, successes: 36, distinctUsers: 30, failingUsers: 4 })];
  const margins = marginsOf(aProfile({ operations, untroubledUsers: 30 }), "short", policy, circumstances);

  expect(margins.find(({ detection }) => detection === "password-spray")).toMatchObject({ reached: null });
});

test("only detections of single sources that judge this window are told", () => {
  const short = marginsOf(sprayer(1), "short", policy, circumstances).map(({ detection }) => detection);

  expect(short).not.toContain("slow-brute-force");
  expect(short).not.toContain("distributed-range");
  expect(marginsOf(sprayer(1), "slow", policy, circumstances).map(({ detection }) => detection)).toContain(
    "slow-brute-force",
  );
});

test("a policy's threshold is the one that is told", () => {
  const strict = policySchema.parse({ detections: { "password-spray": { watchAt: 40, banAt: 80 } } });
  const [spray] = marginsOf(sprayer(4), "short", strict, circumstances).filter(
    (each) => each.detection === "password-spray",
  );

  expect(spray?.reached).toBe(0.1);
});
