/** `npm run bench`: every benchmark, each beside a peer or a limit taken in the same run. Nothing here gates a test. */
import { benchEdge } from "./edge.ts";
import { measureMerge } from "./merge.ts";

function benchMerge(): string {
  const rows = measureMerge().flatMap(({ list, prefixes, merged, milliseconds, tools }) => [
    `${list}: ${prefixes} prefixes to ${merged} in ${milliseconds.toFixed(0)} ms`,
    ...Object.entries(tools).map(([tool, timing]) => {
      if (!timing) return `  ${tool}: not installed`;
      const same = timing.equal ? "same lines" : "other lines";
      return `  ${tool}: ${timing.milliseconds.toFixed(0)} ms, ratio ${(milliseconds / timing.milliseconds).toFixed(2)}, ${same}`;
    }),
  ]);
  return ["merge, best of five", ...rows].join("\n");
}

console.log(await benchEdge());
console.log(`\n${benchMerge()}`);
