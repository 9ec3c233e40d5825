import fc from "fast-check";

import { parseJson, splitObjects } from "../../local/json-text.ts";

const object = fc.dictionary(fc.string(), fc.jsonValue());
const space = fc.constantFrom("", " ", "\n", "\r\n\t");

test("objects one after another come out as they went in", () => {
  fc.assert(
    fc.property(fc.array(object), space, (objects, between) => {
      const text = objects.map((value) => JSON.stringify(value)).join(between);
      expect(splitObjects(text)).toEqual({
        values: JSON.parse(`[${objects.map((v) => JSON.stringify(v)).join(",")}]`),
        rest: false,
      });
    }),
  );
});

test("what comes before a break is kept, whatever the break", () => {
  fc.assert(
    fc.property(object, fc.string(), (value, junk) => {
      fc.pre(junk.trim() !== "" && splitObjects(junk).rest);
      const { values, rest } = splitObjects(`${JSON.stringify(value)} ${junk}`);
      expect(rest).toBe(true);
      expect(values[0]).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each(['{"a": "}', '{"a": "\\\\\\"}', "{", "}", "[1]", "{'a': 1}", '{"a":1'])("%s is no object", (text) => {
  expect(splitObjects(text)).toEqual({ values: [], rest: true });
  expect(splitObjects(`{} ${text}`)).toEqual({ values: [{}], rest: true });
});

test("parseJson tells null from no JSON", () => {
  expect(parseJson("null")).toEqual({ value: null });
  expect(parseJson("nul")).toBeNull();
});
