import { parseJson, printJson } from "../../local/json-text.ts";

test("parseJson tells null from no JSON", () => {
  expect(parseJson("null")).toEqual({ value: null });
  expect(parseJson("nul")).toBeNull();
});

test("what is nested too deep to be printed is nothing, and no error", () => {
  const deep = parseJson(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
  expect(printJson(deep?.value)).toBe("");
  expect(printJson({ b: [1] })).toBe('{"b":[1]}');
});
