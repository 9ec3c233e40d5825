/** What can happen to a log file on its way, each as a change of its bytes drawn by fast-check. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";

import type { LogForm } from "./samples.ts";

export interface Mutant {
  readonly bytes: Buffer;
  /** Records that the change went into: only they may come out as another call than before. */
  readonly touched: number;
  /** The change went into the header of a table: its columns have other names then. */
  readonly inHeader?: boolean;
}

export interface Mutation {
  readonly name: string;
  /** The forms that it makes sense for; all if there is none. */
  readonly forms?: readonly LogForm[];
  of(content: Buffer): fc.Arbitrary<Mutant>;
}

type TextForm = Exclude<LogForm, "parquet">;
const texts: readonly TextForm[] = ["lines", "document", "table"];
const jsonForms: readonly LogForm[] = ["lines", "document"];

const position = (bytes: Buffer) => fc.nat(Math.max(0, bytes.length - 1));
const positions = (bytes: Buffer, maxLength = 4) => fc.array(position(bytes), { minLength: 1, maxLength });
const fixed = (name: string, change: (content: Buffer) => Buffer, forms?: readonly LogForm[]): Mutation => ({
  name,
  ...(forms ? { forms } : {}),
  of: (content) => fc.constant({ bytes: change(content), touched: 0 }),
});

function flip(bytes: Buffer, bits: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const bit of bits) copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

function insert(bytes: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}

const linesOf = (content: Buffer) => content.toString("latin1").split("\n");
const joinLines = (lines: readonly string[]) => Buffer.from(lines.join("\n"), "latin1");
const isHeader = (line: string) => line.startsWith("#");

const bytewise: readonly Mutation[] = [
  fixed("nothing", (content) => content),
  fixed("as gzip", (content) => gzipSync(content)),
  fixed("empty", () => Buffer.alloc(0)),
  {
    name: "cut off",
    of: (content) => position(content).map((at) => ({ bytes: content.subarray(0, at), touched: 1 })),
  },
  { name: "begun late", of: (content) => position(content).map((at) => ({ bytes: content.subarray(at), touched: 1 })) },
  {
    name: "a piece missing",
    of: (content) =>
      fc.tuple(position(content), fc.nat(3_000)).map(([at, length]) => ({
        bytes: Buffer.concat([content.subarray(0, at), content.subarray(at + length)]),
        ...touchedByPiece(content, at),
      })),
  },
  {
    name: "bits flipped",
    of: (content) =>
      fc.array(fc.nat(Math.max(0, content.length * 8 - 1)), { minLength: 1, maxLength: 4 }).map((bits) => ({
        bytes: flip(content, bits),
        touched: bits.length,
        inHeader: bits.some((bit) => isHeader(lineAt(content, bit >> 3))),
      })),
  },
  {
    name: "bytes put in",
    of: (content) =>
      fc.tuple(position(content), fc.uint8Array({ minLength: 1, maxLength: 40 })).map(([at, piece]) => ({
        bytes: insert(content, at, Buffer.from(piece)),
        ...touchedByPiece(content, at),
      })),
  },
  {
    name: "NULs put in",
    of: (content) =>
      fc.tuple(position(content), fc.constantFrom(1, 2, 512, 4_096)).map(([at, count]) => ({
        bytes: insert(content, at, Buffer.alloc(count)),
        ...touchedByPiece(content, at),
      })),
  },
  {
    name: "gzip cut off",
    of: (content) => {
      const bytes = gzipSync(content);
      return position(bytes).map((at) => ({ bytes: bytes.subarray(0, at), touched: 1 }));
    },
  },
  {
    name: "gzip with bits flipped",
    of: (content) => {
      const bytes = gzipSync(content);
      // Not in the trailer as well: a gzip whose own length is wrong too cannot be told from one that was cut off.
      return positions(bytes.subarray(0, -8)).map((at) => ({
        bytes: flip(
          bytes,
          at.map((byte) => byte * 8 + (byte % 8)),
        ),
        touched: 0,
      }));
    },
  },
  {
    name: "gzip in two members, the second one cut or damaged",
    of: (content) =>
      fc.tuple(position(content), fc.nat(), fc.boolean()).map(([at, where, isCut]) => {
        const first = gzipSync(content.subarray(0, at));
        const second = gzipSync(content.subarray(at));
        const damaged = isCut ? second.subarray(0, where % second.length) : flip(second, [where % (second.length * 8)]);
        return { bytes: Buffer.concat([first, damaged]), touched: 1 };
      }),
  },
  {
    name: "gzip in two members",
    of: (content) =>
      position(content).map((at) => ({
        bytes: Buffer.concat([gzipSync(content.subarray(0, at)), gzipSync(content.subarray(at))]),
        touched: 0,
      })),
  },
  {
    name: "something after the gzip",
    of: (content) =>
      fc
        .oneof(fc.string(), fc.constant("\0".repeat(512)))
        .map((tail) => ({ bytes: Buffer.concat([gzipSync(content), Buffer.from(tail)]), touched: 0 })),
  },
];

function lineAt(content: Buffer, at: number): string {
  const begin = content.lastIndexOf(0x0a, at - 1) + 1;
  const end = content.indexOf(0x0a, at);
  return content.toString("latin1", begin, end < 0 ? undefined : end);
}

/** What is put in or taken out joins at most two records; a table's header is that of all. */
function touchedByPiece(content: Buffer, at: number): Omit<Mutant, "bytes"> {
  return { touched: 2, inHeader: isHeader(lineAt(content, at)) || isHeader(lineAt(content, Math.max(0, at - 1))) };
}

const textual: readonly Mutation[] = [
  {
    name: "mixed line ends",
    of: (content) =>
      fc.infiniteStream(fc.constantFrom("\n", "\r\n", "\r\n", "\n\n", "\n \t\n")).map((ends) => ({
        bytes: Buffer.from(
          content.toString("latin1").replace(/\n/g, () => ends.next().value),
          "latin1",
        ),
        touched: 0,
      })),
  },
  fixed("returns for line ends", (content) => Buffer.from(content.toString("latin1").replaceAll("\n", "\r"), "latin1")),
  fixed("a byte order mark", (content) => Buffer.concat([Buffer.from("\ufeff"), content])),
  fixed("UTF-16", (content) =>
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(content.toString("utf8"), "utf16le")]),
  ),
  fixed("UTF-16, other end first", (content) =>
    Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(content.toString("utf8"), "utf16le").swap16()]),
  ),
  fixed("UTF-16 without a mark", (content) => Buffer.from(content.toString("utf8"), "utf16le")),
  fixed("twice", (content) => Buffer.concat([content, Buffer.from("\n"), content])),
  {
    name: "lines in another order, some twice, some gone",
    of: (content) => {
      const lines = linesOf(content);
      const header = lines.filter(isHeader);
      const rows = lines.filter((line) => !isHeader(line));
      return fc
        .array(fc.nat(Math.max(0, rows.length - 1)), { maxLength: rows.length * 2 })
        .map((order) => ({ bytes: joinLines([...header, ...order.map((at) => rows[at] ?? "")]), touched: 0 }));
    },
  },
  {
    name: "a strange line",
    of: (content) => {
      const lines = linesOf(content);
      return fc.tuple(fc.nat(lines.length), strangeLine).map(([at, line]) => ({
        bytes: joinLines([...lines.slice(0, at), line, ...lines.slice(at)]),
        touched: 0,
      }));
    },
  },
];

const strangeLine = fc.oneof(
  fc.constantFrom(
    "x".repeat(1 << 20),
    `{"x":"${"y".repeat(1 << 20)}"}`,
    `${"[".repeat(200_000)}${"]".repeat(200_000)}`,
    `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
    "\t".repeat(1 << 20),
    "#Comment",
    "null",
    "{}",
    '{"Records":{}}',
    '{"Records":"none"}',
    '{"Records":[null,1,"",[],{}]}',
  ),
  fc.json(),
  fc.string().map((text) => text.replace(/[\n#]/g, "")),
);

const cells = (content: Buffer) => linesOf(content).flatMap((line, at) => (line === "" || isHeader(line) ? [] : [at]));

const tabular: readonly Mutation[] = [
  {
    name: "rows of other numbers of columns",
    forms: ["table"],
    of: (content) =>
      fc
        .array(fc.tuple(fc.constantFrom(...atLeastOne(cells(content))), fc.nat(32), fc.boolean()), {
          minLength: 1,
          maxLength: 4,
        })
        .map((changes) => {
          const lines = linesOf(content);
          for (const [at, column, isAdded] of changes) {
            const row = (lines[at] ?? "").split("\t");
            row.splice(column, isAdded ? 0 : 1, ...(isAdded ? ["203.0.113.99"] : []));
            lines[at] = row.join("\t");
          }
          // One more and one less may leave a row with the right number of values in the wrong columns.
          return { bytes: joinLines(lines), touched: changes.length };
        }),
  },
  {
    name: "a strange value in a column",
    forms: ["table"],
    of: (content) =>
      fc.tuple(fc.constantFrom(...atLeastOne(cells(content))), fc.nat(32), strangeText).map(([at, column, value]) => {
        const lines = linesOf(content);
        const row = (lines[at] ?? "").split("\t");
        row[column] = value;
        lines[at] = row.join("\t");
        return { bytes: joinLines(lines), touched: 1 };
      }),
  },
];

function atLeastOne(numbers: readonly number[]): readonly number[] {
  return numbers.length > 0 ? numbers : [0];
}

const strangeText = fc.constantFrom(
  ...["", "-", "NaN", "0", "2016-11-22", "2036-11-22", "2099-12-31", "24:00:00", "23:59:60", "203.0.113.256"],
  ...["::", "AWS Internal", "010.0.0.1", "x".repeat(70_000), "\u202e", "'; drop table cloudfront; --", "__proto__"],
);
const strangeValue = fc.oneof(
  strangeText,
  fc.constantFrom(null, true, 0, -1, 1.5, 1e300, 1795341600, Date.UTC(2016, 10, 22), Date.UTC(2036, 10, 22)),
  fc.constantFrom("2016-11-22T10:00:00Z", "2036-11-22T10:00:00Z", "2026-11-22T10:00:00", 4_102_444_799_999),
  fc.constantFrom([], {}, [[]], { a: { b: {} } }, ["203.0.113.7"], { toString: "x" }),
);

const jsonic: readonly Mutation[] = [
  {
    name: "a value of another type or size",
    forms: jsonForms,
    of: (content) =>
      fc.tuple(fc.nat(), fc.nat(), strangeValue, fc.boolean()).map(([which, where, value, isRemoved]) => ({
        bytes: changeRecord(content, which, (record) => changePath(record, where, value, isRemoved)),
        touched: 1,
      })),
  },
  {
    name: "Records that are no list",
    forms: ["document"],
    of: (content) =>
      fc.constantFrom("{}", "null", '"x"', "1", '{"0":{}}').map((value) => ({
        bytes: Buffer.concat([Buffer.from(`{"Records":${value}}\n`), content]),
        touched: 0,
      })),
  },
  fixed("indented", (content) => reprint(content, 2), ["document"]),
  fixed("in a list", (content) => Buffer.concat([Buffer.from("["), content, Buffer.from("]")]), ["document"]),
];

type Json = Record<string, unknown>;

function reprint(content: Buffer, space: number): Buffer {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(content.toString("utf8")), null, space));
  } catch {
    return content;
  }
}

/** One record of a document, or of a file of lines, is changed; whatever is no JSON stays as it is. */
function changeRecord(content: Buffer, which: number, change: (record: Json) => void): Buffer {
  try {
    const document = JSON.parse(content.toString("utf8"));
    const records: unknown[] = document.Records ?? document;
    change(records[which % records.length] as Json);
    return Buffer.from(JSON.stringify(document));
  } catch {
    const lines = content.toString("utf8").split("\n");
    const at = which % lines.length;
    try {
      const record = JSON.parse(lines[at] ?? "");
      change(record);
      lines[at] = JSON.stringify(record);
    } catch {}
    return Buffer.from(lines.join("\n"));
  }
}

function changePath(record: Json, where: number, value: unknown, isRemoved: boolean): void {
  const places: [Json, string][] = [];
  const visit = (object: Json) => {
    for (const [key, member] of Object.entries(object)) {
      places.push([object, key]);
      if (typeof member === "object" && member !== null) visit(member as Json);
    }
  };
  visit(record);
  const [object, key] = places[where % places.length] ?? [record, "x"];
  if (isRemoved) delete object[key];
  else object[key] = value;
}

export const mutations: readonly Mutation[] = [
  ...bytewise,
  ...textual.map((mutation) => ({ forms: texts, ...mutation })),
  ...tabular,
  ...jsonic,
];
