import { compileAlarmRule } from "../../local/cloudwatch/alarm-rule.ts";

const states = { a: "ALARM", b: "OK", "c-d (e)": "INSUFFICIENT_DATA" } as const;
const stateOf = (child: string) => states[child as keyof typeof states];

test.each([
  { rule: "ALARM(a)", holds: true },
  { rule: 'ALARM("a") AND OK( b )', holds: true },
  { rule: "ALARM(a) AND ALARM(b)", holds: false },
  { rule: "ALARM(b) OR ALARM(a) AND OK(b)", holds: true },
  { rule: "(ALARM(b) OR ALARM(a)) AND ALARM(b)", holds: false },
  { rule: "NOT ALARM(b) AND NOT (OK(a) OR OK(b) AND FALSE)", holds: true },
  { rule: 'INSUFFICIENT_DATA("c-d (e)")', holds: true },
  { rule: "TRUE", holds: true },
])("$rule: $holds", ({ rule, holds }) => {
  expect(compileAlarmRule(rule).holds(stateOf)).toBe(holds);
});

test.each(["", "ALARM", "ALARM()", "ALARM(a) b", "(ALARM(a)", "ALARM(a))", "AND", "ALARM(a) AND", "alarm(a)", "1=1"])(
  "%j is no rule",
  (rule) => {
    expect(() => compileAlarmRule(rule)).toThrow(/AlarmRule must be a valid expression/);
  },
);

test("the alarms that a rule names, each once", () => {
  expect(compileAlarmRule('ALARM(a) OR OK("a") OR ALARM(b)').children).toEqual(["a", "b"]);
});
