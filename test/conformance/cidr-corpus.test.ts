/** Ten address lists of others, merged; what must come out was computed by Python's `ipaddress`, byte for byte. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { contains, formatCidr, mergeCidrs, mergeLines, parseCidr } from "../../functions/domain/cidr.ts";

const corpus = join(import.meta.dirname, "../../../shared/corpus/cidr-expected");
const names = existsSync(corpus)
  ? readdirSync(corpus)
      .filter((file) => file.endsWith(".input.txt.gz"))
      .map((file) => file.replace(".input.txt.gz", ""))
  : [];

const text = (name: string, kind: "input" | "aggregated") =>
  gunzipSync(readFileSync(join(corpus, `${name}.${kind}.txt.gz`))).toString("utf8");

const rangesOf = (name: string) =>
  text(name, "input")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const cidr = parseCidr(line);
      if (!cidr) throw new Error(`${name}: ${line} is not read`);
      return cidr;
    });

if (names.length === 0) test.skip("the corpus of address lists is not here", () => undefined);
else {
  test("all ten lists are here", () => {
    expect(names).toHaveLength(10);
  });

  test.each(names)("%s", (name) => {
    const merged = mergeCidrs(rangesOf(name));
    expect(`${merged.map(formatCidr).join("\n")}\n`).toBe(text(name, "aggregated"));
    expect(mergeLines(text(name, "input"))).toBe(text(name, "aggregated"));
  });

  test("a list that is already the smallest comes out as it went in", () => {
    const list = "icloud-relay-ipv6";
    const ranges = rangesOf(list);
    expect(mergeCidrs(ranges)).toEqual(ranges);
    expect(ranges.slice(1).some((range, index) => contains(ranges[index] ?? range, range))).toBe(false);
  });
}
