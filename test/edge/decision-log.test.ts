import { MINUTE } from "../../functions/domain/instant.ts";
import { decisionLog, LINES_A_MINUTE } from "../../functions/edge/decision-log.ts";
import { REQUEST_ID } from "./builders.ts";

const relayed = { event: "edge.relayed", requestId: REQUEST_ID } as const;
const refused = { event: "edge.refused", requestId: REQUEST_ID, reason: "operation", status: 403 } as const;

function aLog() {
  const lines: Record<string, unknown>[] = [];
  let now = Date.UTC(2026, 10, 22, 10);
  const log = decisionLog(
    (line) => lines.push(JSON.parse(line)),
    () => now,
  );
  const pass = (ms: number) => {
    now += ms;
  };
  return { lines, log, pass };
}

test("a flood ten times over the limit writes the limit, and the next minute tells how much was left out", () => {
  const { lines, log, pass } = aLog();
  for (let call = 0; call < 10 * LINES_A_MINUTE; call += 1) log(relayed);
  expect(lines).toEqual(Array(LINES_A_MINUTE).fill(relayed));
  pass(MINUTE);
  log(relayed);
  log(relayed);
  expect(lines.slice(LINES_A_MINUTE)).toEqual([{ ...relayed, unlogged: 9 * LINES_A_MINUTE }, relayed]);
});

test("a flood of one kind hides no other, nor another reason of the same event", () => {
  const { lines, log } = aLog();
  for (let call = 0; call < 10 * LINES_A_MINUTE; call += 1) log(relayed);
  for (let call = 0; call < 10 * LINES_A_MINUTE; call += 1) log(refused);
  log({ ...refused, reason: "secret" });
  expect(lines).toHaveLength(2 * LINES_A_MINUTE + 1);
  expect(lines.at(-1)).toEqual({ ...refused, reason: "secret" });
});

test("what was left out over several minutes is added up", () => {
  const { lines, log, pass } = aLog();
  for (let minute = 0; minute < 3; minute += 1) {
    for (let call = 0; call < LINES_A_MINUTE + 5; call += 1) log(relayed);
    pass(MINUTE);
  }
  expect(lines.map(({ unlogged }) => unlogged).filter((count) => count !== undefined)).toEqual([5, 5]);
});
