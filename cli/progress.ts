/** What takes its time is told to who looks: on standard error, in a terminal only, and gone when the work is done. */
import { SingleBar } from "cli-progress";

import { palette } from "./output.ts";

/** What is being done, and the share of it that is, from 0 to 1, where that is known. */
export type Tell = (doing: string, share?: number) => void;

/** Work that is done before this needs no bar, which would only flicker. */
const QUIET_MS = 700;
const STEPS = 1_000;

type Stream = NodeJS.WriteStream;

export async function withProgress<T>(
  doing: string,
  work: (tell: Tell) => Promise<T>,
  stream: Stream = process.stderr,
): Promise<T> {
  if (stream.isTTY !== true || process.env.TERM === "dumb") return work(() => {});
  let last: { readonly doing: string; readonly share?: number | undefined } = { doing };
  const bar = barOn(stream, () => last.share !== undefined);
  const show = () => bar.update(Math.round((last.share ?? 0) * STEPS), { doing: last.doing });
  const timer = setTimeout(() => bar.start(STEPS, 0, { doing: last.doing }), QUIET_MS);
  try {
    return await work((now, share) => {
      last = { doing: now, share };
      if (bar.isActive) show();
    });
  } finally {
    clearTimeout(timer);
    bar.stop();
  }
}

function barOn(stream: Stream, knowsShare: () => boolean): SingleBar {
  const { dim } = palette(stream);
  return new SingleBar({
    stream,
    clearOnComplete: true,
    fps: 5,
    // Else Ctrl-C would stop the bar and not the work, and leave a terminal that wraps no lines.
    gracefulExit: false,
    linewrap: true,
    format: (_options, { progress, startTime }, { doing }) => {
      const seconds = `${Math.round((Date.now() - startTime + QUIET_MS) / 1_000)} s`;
      const size = Math.max(0, Math.min(24, (stream.columns ?? 80) - doing.length - 16));
      const done = Math.round(progress * size);
      const drawn = `${"█".repeat(done)}${"░".repeat(size - done)} ${Math.floor(100 * progress)} %`;
      return knowsShare() ? `${doing} ${drawn} ${dim(seconds)}` : `${doing} ${dim(seconds)}`;
    },
  });
}
