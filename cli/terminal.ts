/**
 * How a command ends that somebody ends: Ctrl-C leaves no rubbish and nothing half done, and a reader that has read
 * enough (`| head`) is no failure.
 */

/** The exit code of who is ended by a signal, as shells count it. */
export const ENDED_BY = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof ENDED_BY;
const signals = Object.keys(ENDED_BY) as Signal[];

/** For the whole process, once. A signal runs what is to be done at `exit`; who else listens to it decides instead. */
export function beWellBehaved(): void {
  for (const signal of signals)
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(ENDED_BY[signal]);
    });
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error) => {
      if (!isClosedPipe(error)) throw error;
    });
}

export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** Work that changes something: the first Ctrl-C lets it come to its end, a second one ends it at once. */
export async function finishing<T>(work: () => Promise<T>): Promise<T> {
  let asked: Signal | undefined;
  const wait = (signal: Signal) => {
    asked = signal;
    process.stderr.write("Finishing what has begun; once more to stop at once.\n");
  };
  for (const signal of signals) process.once(signal, wait);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.removeListener(signal, wait);
    if (asked) process.exitCode = ENDED_BY[asked];
  }
}
