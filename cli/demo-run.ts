/** Runs the demo: world, page, story, and what the terminal says meanwhile. */
import { byExit } from "../local/at-exit.ts";
import { demoConfig } from "../local/demo/config.ts";
import { type Demo, openDemo } from "../local/demo/demo.ts";
import { livePageOf } from "../local/demo/live-demo.ts";
import { removeLocalFile, writeLocalFile } from "../local/demo/local-file.ts";
import { servePage } from "../local/demo/page-server.ts";
import type { Stage } from "../local/demo/stage.ts";
import { type ObservedStep, stepTexts, tellStep } from "../local/demo/story.ts";
import { openStage } from "../local/demo/world-stage.ts";
import type { DemoFlags } from "./commands/trying.ts";
import { describeError, exitCodes } from "./exit.ts";
import { palette, printJson } from "./output.ts";
import { ENDED_BY } from "./terminal.ts";

const DEFAULT_PORT = 8787;
/** Of the wall, from the start of the process: a story that hangs ends with what was seen, before anybody kills it. */
const DEADLINE_MS = 108_000;
/** On a slow machine a story that goes on is told to its end: it hangs only if that long nothing of it was observed. */
const LONGEST_STEP_MS = 60_000;
const LONGEST_END_MS = 4_000;

/** The exit code. With `--once` it is 0 only if every step of the story was observed; else Ctrl-C is how a demo ends. */
export async function runDemo(flags: DemoFlags): Promise<number> {
  const say = teller();
  say.title(`Portcullis demo, seed ${flags.seed}, mode ${flags.mode}. Times are those of the demo's clock.`);
  const stage = await openStage({ config: demoConfig(flags.mode), seed: flags.seed, onFault: say.fault });
  try {
    const { once = false, seed, mode } = { ...flags, once: flags.once === true };
    let steppedAt = 0;
    const onStep = (step: ObservedStep) => {
      steppedAt = performance.now();
      say.step(step);
    };
    const demo = await openDemo({ stage, seed, mode, once, onStep, onNotice: say.notice, onOpen: say.open });
    const page = await openPage(flags, stage, demo, say);
    const withdraw = publish(stage, page.url);
    const deadline = () => (once ? Math.max(DEADLINE_MS, steppedAt + LONGEST_STEP_MS) : Number.POSITIVE_INFINITY);
    const asked = stopWhenAsked(demo, deadline, say);
    try {
      await demo.play();
    } finally {
      asked.release();
      withdraw();
      await page.stop();
    }
    const { endedBy } = asked;
    const isTold = await conclude(flags, demo, { say, isStopped: endedBy() !== undefined });
    if (!once) return exitCodes.done;
    return endedBy() ?? (isTold ? exitCodes.done : exitCodes.failed);
  } finally {
    // A stand-in that does not end must not keep the terminal: nothing is left to lose.
    await Promise.race([stage.stop(), new Promise((resolve) => void setTimeout(resolve, LONGEST_END_MS).unref())]);
  }
}

type Teller = ReturnType<typeof teller>;

/** The terminal's side of the story, all of it on standard error: standard output belongs to `--json`. */
function teller() {
  const { bold, dim, green, red, yellow } = palette(process.stderr);
  const line = (text: string) => void process.stderr.write(`${text}\n`);
  return {
    title: (text: string) => line(bold(text)),
    plain: (text: string) => line(text),
    notice: (text: string) => line(`${yellow("note:")} ${text}`),
    fault: (error: unknown) => line(`${yellow("note:")} a stand-in broke: ${describeError(error, true)}`),
    step(step: ObservedStep) {
      const told = tellStep(step);
      line(`${dim(told.slice(0, 8))} ${green("✓")}${told.slice(9)}`);
    },
    open: () =>
      line("         The story is told. Now play: launch attacks and switch the mode on the page. Ctrl-C ends it."),
    missed: (text: string) => line(`         ${red("✗")} ${text}`),
    end: (told: boolean, text: string) => line((told ? green : red)(text)),
  };
}

/** Lets commands with `--local` find this demo, until what is answered is called or the process ends. */
function publish(
  { world, deployment, viewerUrl, poolUrl }: Awaited<ReturnType<typeof openStage>>,
  pageUrl: string,
): () => void {
  const { awsEndpoint } = world;
  const clockUrl = `${pageUrl}/clock`;
  const folder = process.cwd();
  writeLocalFile(folder, { pid: process.pid, awsEndpoint, clockUrl, viewerUrl, poolUrl, config: deployment });
  return byExit(() => removeLocalFile(folder));
}

/** Without `--port`, a taken default port moves on, and a demo that ends by itself takes any; a taken `--port` is an error. */
async function openPage(flags: DemoFlags, stage: Stage, demo: Demo, say: Teller) {
  const options = livePageOf(stage, demo, { ...flags, once: flags.once === true, onFault: say.fault });
  const page = await servePage({ ...options, port: flags.port ?? (flags.once ? 0 : DEFAULT_PORT) }).catch(
    (error: unknown) => {
      if (!isTaken(error)) throw error;
      if (flags.port !== undefined)
        throw new Error(`Port ${flags.port} is taken; give another one with --port, or 0 for any free one.`, {
          cause: error,
        });
      say.notice(`port ${DEFAULT_PORT} is taken, the page takes another one`);
      return servePage({ ...options, port: 0 });
    },
  );
  say.plain(`         Watch it live: ${page.url}/`);
  return page;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

/** Ctrl-C ends the story at its next beat, as the deadline does, a second one ends the process. */
function stopWhenAsked(demo: Demo, deadline: () => number, say: Teller) {
  let endedBy: number | undefined;
  const interrupted = (signal: "SIGINT" | "SIGTERM") => {
    endedBy = ENDED_BY[signal];
    say.notice("stopping; once more to stop at once");
    demo.stop();
  };
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  const watch = setInterval(() => performance.now() > deadline() && demo.stop(), 1_000);
  return {
    endedBy: () => endedBy,
    release() {
      clearInterval(watch);
      process.removeListener("SIGINT", interrupted);
      process.removeListener("SIGTERM", interrupted);
    },
  };
}

interface Ending {
  readonly say: Teller;
  readonly isStopped: boolean;
}

/** True if every step of the story was observed. */
async function conclude(flags: DemoFlags, demo: Demo, { say, isStopped }: Ending): Promise<boolean> {
  const missing = demo.story.missing();
  if (flags.once) for (const step of missing) say.missed(`not observed: ${stepTexts[step]} (${step})`);
  const { tally } = demo;
  const refused = `${tally.total("attack", "refused")} of ${tally.total("attack")} attack calls refused`;
  const benign = `${tally.total("benign")} benign calls, ${tally.total("benign", "refused")} blocked`;
  const seconds = Math.round(performance.now() / 1000);
  const isTold = missing.length === 0;
  const untold = isStopped ? "Stopped" : "Not complete";
  say.end(isTold || isStopped, `${isTold ? "Done" : untold}: ${benign}; ${refused}; ${seconds} s.`);
  if (flags.json) await printJson(demo.document());
  return isTold;
}
