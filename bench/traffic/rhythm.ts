/** When people are there: instants drawn after the hour of the day where they live. */
import { HOUR, type Instant, type Window } from "../../functions/domain/instant.ts";
import type { Random } from "../../local/demo/random.ts";

/** Share of a waking hour's activity, by local hour. People at home peak in the evening, offices work from eight to six. */
const rhythms = {
  home: [2, 1, 1, 1, 1, 2, 4, 7, 8, 7, 7, 7, 8, 7, 6, 6, 7, 8, 9, 10, 10, 9, 7, 4],
  office: [0, 0, 0, 0, 0, 0, 1, 5, 10, 9, 7, 6, 5, 8, 7, 6, 5, 3, 1, 0, 0, 0, 0, 0],
} as const;
export type Rhythm = keyof typeof rhythms;

const most = 10;

/** Instants in the span, as many as a whole day would hold `perDay`, thinned by the hour. */
export function drawInstants(
  span: Window,
  perDay: number,
  { rhythm, zone }: { readonly rhythm: Rhythm; readonly zone: number },
  random: Random,
): Instant[] {
  const weights: readonly number[] = rhythms[rhythm];
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const gap = (24 * HOUR * mean) / (perDay * most);
  const instants: Instant[] = [];
  for (let at = span.from + random.gap(gap); at < span.to; at += random.gap(gap)) {
    const hour = Math.floor(at / HOUR + zone) % 24;
    if (random.next() * most < (weights[hour] ?? 0)) instants.push(Math.floor(at));
  }
  return instants;
}
