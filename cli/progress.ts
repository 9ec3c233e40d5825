/** What takes its time is told to who looks: on standard error, in a terminal only, and gone when the work is done. */
import { SingleBar } from "cli-progress";

import { byExit } from "../local/at-exit.ts";
import { palette } from "./output.ts";

/** What is being done, and the share of it that is, from 0 to 1, where that is known. */
export type Tell = (doing: string, share?: number) => void;

/** What is done this long after the process began needs no bar, which would only flicker. */
const QUIET_MS = 700;
/** And so does work that itself is done in no time, however long it took to load. */
const FLICKER_MS = 100;
const STEPS = 1_000;

interface Audience {
  readonly stream?: NodeJS.WriteStream;
  /** Since when somebody has been waiting: the milliseconds before this work. */
  readonly waited?: number;
}

export async function withProgress<T>(
  doing: string,
  work: (tell: Tell) => Promise<T>,
  { stream = process.stderr, waited = performance.now() }: Audience = {},
): Promise<T> {
  if (stream.isTTY !== true || process.env.TERM === "dumb") return work(() => {});
  let last: { readonly doing: string; readonly share?: number | undefined } = { doing };
  const begun = Date.now() - waited;
  const bar = barOn(stream, { begun, knowsShare: () => last.share !== undefined });
  const show = () => bar.update(Math.round((last.share ?? 0) * STEPS), { doing: last.doing });
  const timer = setTimeout(
    () => {
      bar.start(STEPS, 0, { doing: last.doing });
      show();
    },
    Math.max(FLICKER_MS, QUIET_MS - waited),
  );
  // Ctrl-C in the middle leaves the prompt a line of its own.
  const wipe = byExit(() => bar.stop());
  try {
    return await work((now, share) => {
      last = { doing: now, share };
      if (bar.isActive) show();
    });
  } finally {
    clearTimeout(timer);
    wipe();
  }
}

interface Told {
  readonly begun: number;
  readonly knowsShare: () => boolean;
}

function barOn(stream: NodeJS.WriteStream, { begun, knowsShare }: Told): SingleBar {
  const { dim } = palette(stream);
  return new SingleBar({
    stream,
    clearOnComplete: true,
    fps: 5,
    // Else Ctrl-C would stop the bar and not the work, and leave a terminal that wraps no lines.
    gracefulExit: false,
    linewrap: true,
    format: (_options, { progress }, { doing }) => {
      const seconds = `${Math.round((Date.now() - begun) / 1_000)} s`;
      const size = Math.max(0, Math.min(24, (stream.columns ?? 80) - doing.length - 16));
      const done = Math.round(progress * size);
      const drawn = `${"█".repeat(done)}${"░".repeat(size - done)} ${Math.floor(100 * progress)} %`;
      return knowsShare() ? `${doing} ${drawn} ${dim(seconds)}` : `${doing} ${dim(seconds)}`;
    },
  });
}
