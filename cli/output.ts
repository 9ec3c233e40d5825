import colors from "picocolors";

import { isClosedPipe } from "./terminal.ts";

type Stream = Pick<NodeJS.WriteStream, "isTTY">;

/** Colours for one stream: none when it is piped or NO_COLOR is set, whatever another stream is. */
export function palette(stream: Stream): ReturnType<typeof colors.createColors> {
  const forced = !["", "0", "false"].includes(process.env.FORCE_COLOR ?? "");
  const wanted = forced || (stream.isTTY === true && process.env.TERM !== "dumb");
  return colors.createColors(wanted && !process.env.NO_COLOR);
}

/** Writes the one JSON document of a command and waits until a slow pipe has taken all of it. */
export function printJson(document: unknown): Promise<void> {
  return write(`${JSON.stringify(document, null, 2)}\n`);
}

export function printText(text: string): Promise<void> {
  return write(`${text}\n`);
}

function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error && !isClosedPipe(error) ? reject(error) : resolve()));
  });
}
