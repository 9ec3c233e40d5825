import { compileEventPattern } from "../../local/event-pattern.ts";

const event = {
  source: "aws.cloudwatch",
  region: "eu-west-1",
  resources: ["arn:a", "arn:b"],
  detail: {
    alarmName: "portcullis-UserAuthentication-70",
    state: { value: "ALARM" },
    count: 5,
    flag: true,
    none: null,
  },
};
const matches = (pattern: unknown) => compileEventPattern(pattern, "Rule.EventPattern")(event);
const onDetail = (pattern: unknown) => matches({ detail: pattern });

test.each<{ case: string; pattern: unknown; matched: boolean }>([
  { case: "a value", pattern: { source: ["aws.cloudwatch"] }, matched: true },
  { case: "one value of several", pattern: { source: ["aws.ec2", "aws.cloudwatch"] }, matched: true },
  { case: "another value", pattern: { source: ["aws.ec2"] }, matched: false },
  { case: "all members must match", pattern: { source: ["aws.cloudwatch"], region: ["us-east-1"] }, matched: false },
  { case: "an element of an array in the event", pattern: { resources: ["arn:b"] }, matched: true },
  { case: "a nested member", pattern: { detail: { state: { value: ["ALARM"] } } }, matched: true },
  { case: "a member that is absent", pattern: { detail: { other: ["x"] } }, matched: false },
  { case: "the case of letters counts", pattern: { detail: { state: { value: ["alarm"] } } }, matched: false },
  { case: "an inherited member is none", pattern: { detail: { toString: [{ exists: true }] } }, matched: false },
])("$case", ({ pattern, matched }) => {
  expect(matches(pattern)).toBe(matched);
});

test.each([
  { pattern: { alarmName: [{ prefix: "portcullis-" }] }, matched: true },
  { pattern: { alarmName: [{ prefix: "Portcullis-" }] }, matched: false },
  { pattern: { alarmName: [{ suffix: "-70" }] }, matched: true },
  { pattern: { alarmName: [{ "equals-ignore-case": "PORTCULLIS-userauthentication-70" }] }, matched: true },
  { pattern: { alarmName: [{ "anything-but": ["a", "b"] }] }, matched: true },
  { pattern: { alarmName: [{ "anything-but": { prefix: "portcullis-" } }] }, matched: false },
  { pattern: { other: [{ "anything-but": "a" }] }, matched: false },
  { pattern: { alarmName: [{ exists: true }] }, matched: true },
  { pattern: { other: [{ exists: false }] }, matched: true },
  { pattern: { alarmName: [{ exists: false }] }, matched: false },
  { pattern: { count: [{ numeric: [">", 0, "<=", 5] }] }, matched: true },
  { pattern: { count: [{ numeric: ["<", 5] }] }, matched: false },
  { pattern: { count: ["5"] }, matched: false },
  { pattern: { count: [5] }, matched: true },
  { pattern: { flag: [true] }, matched: true },
  { pattern: { none: [null] }, matched: true },
  { pattern: { other: [null] }, matched: false },
])("detail $pattern", ({ pattern, matched }) => {
  expect(onDetail(pattern)).toBe(matched);
});

test.each([
  { case: "an operator it does not know", pattern: { alarmName: [{ wildcard: "a*" }] } },
  { case: "two operators in one", pattern: { alarmName: [{ prefix: "a", suffix: "b" }] } },
  { case: "$or", pattern: { $or: [{ alarmName: ["a"] }] } },
  { case: "a bare value", pattern: { alarmName: "a" } },
  { case: "an empty list", pattern: { alarmName: [] } },
  { case: "an odd numeric", pattern: { count: [{ numeric: [">", 0, "<"] }] } },
])("refuses $case", ({ pattern }) => {
  expect(() => onDetail(pattern)).toThrow(/Rule.EventPattern.detail/);
});
