/** The commands that documents show, as a shell would split them. */
import type { Document } from "./documents.ts";

export interface CommandLine {
  readonly document: string;
  /** Whole lines are there to be copied; a mention in a sentence may name a command without its arguments. */
  readonly whole: boolean;
  readonly line: string;
  readonly words: readonly string[];
}

/** Command lines that begin with the words of `start`. */
export function commandLines({ path, codes }: Document, start: string): CommandLine[] {
  return codes.flatMap(({ kind, text }) =>
    joinedLines(text)
      .map((line) => line.replace(/^\s*(\$ )?/, "").trim())
      .flatMap((line) => line.split(" && "))
      .filter((line) => line === start || line.startsWith(`${start} `))
      .map((line) => ({ document: path, whole: kind === "block", line, words: splitWords(line) })),
  );
}

function joinedLines(text: string): string[] {
  return text.replace(/\\\n\s*/g, "").split("\n");
}

/** Words up to a comment, a pipe or a redirection. */
function splitWords(line: string): string[] {
  const words = line.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  const end = words.findIndex((word) => /^(#|\||>|<)/.test(word));
  return words.slice(0, end < 0 ? undefined : end).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
}
