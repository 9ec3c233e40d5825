import fc from "fast-check";

import { fromIso, toIso } from "../../functions/domain/instant.ts";

const NOON = Date.UTC(2026, 10, 22, 12);

test.each([
  { case: "Z", text: "2026-11-22T12:00:00Z" },
  { case: "milliseconds", text: "2026-11-22T12:00:00.000Z" },
  { case: "CloudWatch's +0000", text: "2026-11-22T12:00:00.000+0000" },
  { case: "an offset", text: "2026-11-22T14:00:00+02:00" },
  { case: "an offset without colon", text: "2026-11-22T07:00:00-0500" },
  { case: "microseconds", text: "2026-11-22T12:00:00.000000Z" },
])("reads $case", ({ text }) => {
  expect(fromIso(text)).toBe(NOON);
});

test.each([
  { case: "no zone", text: "2026-11-22T12:00:00" },
  { case: "a date alone", text: "2026-11-22" },
  { case: "a blank in place of T", text: "2026-11-22 12:00:00Z" },
  { case: "a day that does not exist", text: "2026-02-30T12:00:00Z" },
  { case: "29 February of a common year", text: "2026-02-29T12:00:00Z" },
  { case: "month 13", text: "2026-13-01T12:00:00Z" },
  { case: "hour 25", text: "2026-11-22T25:00:00Z" },
  { case: "minute 60", text: "2026-11-22T12:60:00Z" },
  { case: "no seconds", text: "2026-11-22T12:00Z" },
  { case: "a number", text: "1795348800000" },
  { case: "something behind", text: "2026-11-22T12:00:00Z; drop" },
  { case: "two lines", text: "2026-11-22T12:00:00Z\n" },
  { case: "nothing", text: "" },
])("refuses $case", ({ text }) => {
  expect(fromIso(text)).toBeNull();
});

test("29 February of a leap year is a day", () => {
  expect(fromIso("2028-02-29T00:00:00Z")).toBe(Date.UTC(2028, 1, 29));
});

test("every instant of four centuries survives the way there and back", () => {
  const instants = fc.integer({ min: Date.UTC(1970), max: Date.UTC(2370) });
  fc.assert(fc.property(instants, (instant) => expect(fromIso(toIso(instant))).toBe(instant)));
});

test("an instant is read whatever the offset it is written with", () => {
  const instants = fc.integer({ min: Date.UTC(2000), max: Date.UTC(2100) });
  fc.assert(
    fc.property(instants, fc.integer({ min: -12 * 60, max: 14 * 60 }), (instant, minutes) => {
      const local = toIso(instant + minutes * 60_000).slice(0, -1);
      const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
      const zone = `${minutes < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
      expect(fromIso(`${local}${zone}`)).toBe(instant);
    }),
  );
});
