import Table from "cli-table3";
import colors from "picocolors";

import { printable } from "../functions/domain/printable.ts";

type Stream = Pick<NodeJS.WriteStream, "isTTY">;

/** Colours for one stream: none when it is piped or NO_COLOR is set, whatever another stream is. */
export function palette(stream: Stream): ReturnType<typeof colors.createColors> {
  const wanted = Boolean(process.env.FORCE_COLOR) || (stream.isTTY === true && process.env.TERM !== "dumb");
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
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Rows under a header, without frames so that `grep` and `awk` can read a pipe. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const { bold } = palette(process.stdout);
  const table = new Table({
    head: head.map((text) => bold(text)),
    chars: frameless,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    wordWrap: false,
  });
  table.push(...rows.map((row) => row.map(printable)));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const frameless = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ].map((part) => [part, ""]),
);
