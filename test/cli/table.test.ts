import stringWidth from "string-width";

import { formatTable, roomOf } from "../../cli/table.ts";

const head = [
  "source",
  { title: "status", drop: 1 },
  { title: "calls", right: true as const },
  { title: "why", wraps: true as const },
];
const row = ["198.51.100.7/32", "active", "240", "password-spray: 240 failed sign-ins on 212 different users"];
const widest = (text: string) => Math.max(...text.split("\n").map((line) => stringWidth(line)));

test("a pipe gets one line for each row, however long, and no colour", () => {
  const table = formatTable(head, [row, ["192.0.2.1/32", "released", "7", "x".repeat(500)]], Number.POSITIVE_INFINITY);
  expect(table.split("\n")).toEqual([
    "source           status    calls  why",
    "198.51.100.7/32  active      240  password-spray: 240 failed sign-ins on 212 different users",
    `192.0.2.1/32     released      7  ${"x".repeat(500)}`,
  ]);
});

test.each([48, 60, 80, 100])(
  "a terminal of %i columns is never exceeded, and text goes on in the next line",
  (room) => {
    const table = formatTable(head, [row, row], room);
    expect(widest(table)).toBeLessThanOrEqual(room);
    expect(table).toMatch(/failed[\s\S]*users/);
  },
);

test("the column that matters least goes first, and only where it must", () => {
  expect(formatTable(head, [row], 60)).toContain("status");
  const narrow = formatTable(head, [row], 48);
  expect(narrow).not.toContain("status");
  expect(narrow).toContain("198.51.100.7/32");
});

test("the room of a column that was left out is used by those that stay", () => {
  const table = formatTable(
    [
      { title: "why", wraps: true },
      { title: "more", drop: 1 },
    ],
    [["a b ".repeat(12).trim(), "x".repeat(60)]],
    50,
  );
  expect(table.split("\n")[1]).toBe("a b ".repeat(12).trim());
});

test("a word wider than its column is broken, not cut: an id can still be put together", () => {
  const id = "0123456789".repeat(9);
  const table = formatTable(["id", "n"], [[id, "1"]], 60);
  expect(widest(table)).toBeLessThanOrEqual(60);
  expect(
    table
      .split("\n")
      .slice(1)
      .map((line) => line.split(" ")[0])
      .join(""),
  ).toBe(id);
});

test("wide signs take the room that they take", () => {
  const [, wide = "", latin = ""] = formatTable(
    ["a", "b"],
    [
      ["漢字", "x"],
      ["abcd", "y"],
    ],
    80,
  ).split("\n");
  expect(stringWidth(wide.slice(0, wide.indexOf("x")))).toBe(latin.indexOf("y"));
});

test("terminal escapes from a log are shown, not obeyed, and a cell's own colour is neither", () => {
  const table = formatTable(
    ["source", "set"],
    [["\u001b[31mred\nline", { text: "miss\u001bing", paint: (text) => `\u001b[31m${text}\u001b[39m` }]],
  );
  expect(table).toContain("\\u001b[31mred\\u000aline");
  expect(table).toContain("\u001b[31mmiss\\u001bing\u001b[39m");
});

test("no row is a head alone, and a short row leaves cells empty", () => {
  expect(formatTable(["a", "b"], [])).toBe("a  b");
  expect(formatTable(["a", "b"], [["1"]])).toBe("a  b\n1");
});

describe("the room", () => {
  const before = process.env.COLUMNS;
  afterEach(() => {
    if (before === undefined) delete process.env.COLUMNS;
    else process.env.COLUMNS = before;
  });
  test.each([
    { case: "of a pipe", stream: { isTTY: false, columns: 80 }, COLUMNS: "40", room: Number.POSITIVE_INFINITY },
    { case: "of a terminal", stream: { isTTY: true, columns: 93 }, COLUMNS: "", room: 93 },
    { case: "that COLUMNS gives a terminal", stream: { isTTY: true, columns: 93 }, COLUMNS: "60", room: 60 },
    { case: "of a terminal with odd COLUMNS", stream: { isTTY: true, columns: 93 }, COLUMNS: "wide", room: 93 },
  ])("$case is $room", ({ stream, COLUMNS, room }) => {
    process.env.COLUMNS = COLUMNS;
    expect(roomOf(stream as NodeJS.WriteStream)).toBe(room);
  });
});
