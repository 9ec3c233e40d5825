import { readHistory } from "../../functions/detect/history.ts";

/** Rows as Athena gives them: all text, NULL a missing key. */
const all = (days: number) => ({ days: String(days), tags: "0", subs: "0" });
const source = (source_ip: string, tags: number, subs = 0) => ({
  source_ip,
  days: "5",
  tags: String(tags),
  subs: String(subs),
});

test("established users of a source, by its canonical name and the larger of both ways to tell users apart", () => {
  const establishedOf = readHistory([all(7), source("192.0.2.5", 3, 4), source("2001:db8:0:5::/64", 2, 1)]);
  expect(["192.0.2.5/32", "2001:db8:0:5::/64", "203.0.113.7/32"].map(establishedOf)).toEqual([4, 2, 0]);
});

test("a range has those of its sources", () => {
  const establishedOf = readHistory([
    all(2),
    source("192.0.2.5", 3),
    source("192.0.2.6", 1),
    source("198.51.100.1", 1),
  ]);
  expect(["192.0.2.0/24", "203.0.113.0/24"].map(establishedOf)).toEqual([4, 0]);
});

test.each([
  { case: "nothing was rolled up yet", rows: [] },
  { case: "only one day is at hand", rows: [all(1), source("192.0.2.5", 3)] },
])("nobody knows where $case", ({ rows }) => {
  expect(readHistory(rows)("192.0.2.5/32")).toBeNull();
});

test("what the limit cut off is not known, what it left is", () => {
  const rows = Array.from({ length: 19_999 }, (_, index) => source(`198.51.${index >> 8}.${index & 255}`, 1));
  const establishedOf = readHistory([all(7), ...rows]);
  expect(["198.51.0.1/32", "203.0.113.7/32"].map(establishedOf)).toEqual([1, null]);
  expect(readHistory([all(7), ...rows.slice(1)])("203.0.113.7/32")).toBe(0);
});

test("a row that is none of the query's is an error, not an empty past", () => {
  expect(() => readHistory([{ source_ip: "203.0.113.7", users: 3 }])).toThrow(/history/);
});
