import fc from "fast-check";

import { TrailScanner } from "../../local/trail-scanner.ts";

type Event = readonly ["record" | "document", unknown] | readonly ["broken"];

/** Pushes the text in pieces of the given lengths and tells what came out, in order. */
function scan(text: string | Buffer, lengths: readonly number[] = []): Event[] {
  const events: Event[] = [];
  const read = (piece: string | null) => (piece === null ? null : JSON.parse(piece));
  const scanner = new TrailScanner({
    record: (piece) => events.push(["record", read(piece)]),
    document: (piece) => events.push(["document", read(piece)]),
    broken: () => events.push(["broken"]),
  });
  const bytes = Buffer.from(text);
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    scanner.push(bytes.subarray(at, at + length));
    at += length;
  }
  scanner.end();
  return events;
}

const object = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue());
const anyRecord = fc.oneof({ weight: 4, arbitrary: object }, fc.jsonValue());
const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 });
const indent = fc.constantFrom(undefined, 1, "\t");

test("the records of a document come out as they went in, wherever the chunks are cut", () => {
  fc.assert(
    fc.property(fc.array(anyRecord), object, indent, cuts, (records, rest, space, lengths) => {
      const { Records: _, ...others } = rest;
      const text = JSON.stringify({ ...others, Records: records, z: 1 }, null, space);
      expect(scan(text, lengths)).toEqual([
        ...JSON.parse(JSON.stringify(records)).map((record: unknown) => ["record", record]),
        ["document", JSON.parse(JSON.stringify({ ...others, Records: [], z: 1 }))],
      ]);
    }),
  );
});

test("objects one after another come out whole, whatever space is between them", () => {
  const between = fc.constantFrom("", " ", "\n", "\r\n\t", "\ufeff");
  fc.assert(
    fc.property(fc.array(object), between, cuts, (objects, space, lengths) => {
      fc.pre(!objects.some((each) => Array.isArray(each["Records"])));
      const texts = objects.map((each) => JSON.stringify(each));
      expect(scan(texts.join(space), lengths)).toEqual(texts.map((each) => ["document", JSON.parse(each)]));
    }),
  );
});

test("what comes before a break is kept, and what comes on the lines after it", () => {
  const isBroken = (line: string) => !/[\n\r]/.test(line) && scan(line).some(([kind]) => kind === "broken");
  const junk = fc.oneof(
    fc.string().filter(isBroken),
    object.map((each) => JSON.stringify(each).slice(0, -1)).filter((line) => !line.endsWith(":")),
  );
  fc.assert(
    fc.property(object, junk, object, cuts, (before, line, after, lengths) => {
      const events = scan(`${JSON.stringify(before)}\n${line}\n${JSON.stringify({ ...after, after: 1 })}\n`, lengths);
      expect(events[0]).toEqual(["document", JSON.parse(JSON.stringify(before))]);
      expect(events.filter(([kind]) => kind === "broken")).toHaveLength(1);
      expect(events.at(-1)).toEqual(["document", JSON.parse(JSON.stringify({ ...after, after: 1 }))]);
    }),
  );
});

test("a document cut anywhere gives only records that were in it", () => {
  fc.assert(
    fc.property(fc.array(object, { minLength: 1 }), fc.nat(), (records, at) => {
      const text = JSON.stringify({ Records: records });
      const events = scan(text.slice(0, at % text.length));
      const kept = events.flatMap((event) => (event[0] === "record" ? [event[1]] : []));
      expect(kept).toEqual(JSON.parse(JSON.stringify(records)).slice(0, kept.length));
      if (at % text.length > 0) expect(events.at(-1)).toEqual(["broken"]);
    }),
  );
});

test("a list called Records counts in the document itself only", () => {
  expect(scan('{"a":{"Records":[1]},"x\\"Records":[2],"Records":{"Records":[3]}}')).toEqual([
    ["document", { a: { Records: [1] }, 'x"Records': [2], Records: { Records: [3] } }],
  ]);
});

test("a record too long to be held is told, and the next one is read", () => {
  const long = `{"a":"${"x".repeat(17 << 20)}"}`;
  expect(scan(`{"Records":[{"b":1},${long},{"c":2}]}`)).toEqual([
    ["record", { b: 1 }],
    ["record", null],
    ["record", { c: 2 }],
    ["document", { Records: [] }],
  ]);
});

test("brackets a million deep are one value", () => {
  const deep = `${"[".repeat(1e6)}${"]".repeat(1e6)}`;
  const kinds = scan(`{"Records":[{"a":1},{"deep":${deep}},{"b":2}]}`).map(([kind]) => kind);
  expect(kinds).toEqual(["record", "record", "record", "document"]);
});

test.each(["[", "]", "}", '"', "a", "1", "\0", '{"a":}', '{"a"]', "{,}", '{"a":1]', '{"a":"\n"}', "{{}}"])(
  "%j is broken",
  (text) => {
    expect(scan(text)).toEqual([["broken"]]);
  },
);
