import { existsSync } from "node:fs";
import { join } from "node:path";

import { corpusCrowd } from "../../bench/traffic/corpus-crowd.ts";
import { MONDAY } from "../../bench/traffic/mix.ts";
import { DAY } from "../../functions/domain/instant.ts";

const corpus = join(import.meta.dirname, "../../../shared/corpus/labelled");
const present = existsSync(corpus) ? describe : describe.skip;

present("the labelled crowd (../shared/corpus)", () => {
  const span = { from: MONDAY, to: MONDAY + DAY };
  const days = [0, 1, 2, 3].map((day) => corpusCrowd(span, day) ?? []);

  test("its four days hold every client and every request of the log", () => {
    const visitors = days.flat();
    // A visit begins with the two calls of a sign-in.
    const requests = visitors.flatMap(({ calls }) =>
      calls.filter(({ operation }) => operation !== "RespondToAuthChallenge"),
    );
    expect(requests).toHaveLength(10_000);
    expect(new Set(visitors.flatMap(({ addresses }) => addresses)).size).toBe(1_753);
  });

  test("nobody in it fails, and everybody is inside the span", () => {
    const calls = days.flat().flatMap((visitor) => visitor.calls);
    expect(calls.filter(({ error }) => error !== null)).toEqual([]);
    expect(calls.filter(({ at }) => at < span.from || at > span.to)).toEqual([]);
  });
});
