/** The demo's story as sentences, without what each run draws or measures anew; some steps change places. */
import { readDocument } from "./documents.ts";

export function sentencesOf(told: string): string[] {
  return told
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("$ "))
    .map((line) =>
      line
        .replace(/^\d\d:\d\d:\d\d/, "TIME")
        .replaceAll(/https?:\/\/\S+/g, "ADDRESS")
        .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(_[0-9a-f-]{36})?/g, "ID")
        .replaceAll(/\b\d\d:\d\d:\d\d\b/g, "TIME")
        .replaceAll(/(\d{1,3}\.){3}\d{1,3}\/32|[0-9a-f:]+::\/64/g, "SOURCE")
        .replaceAll(/\d+/g, "N")
        // Which source comes first, and for what, is the draw's.
        .replace(/(offenders: N sources; SOURCE: ).*/, "$1REASON"),
    )
    .sort();
}

export function readmeTranscript(): string {
  const block = readDocument("README.md").codes.find(({ text }) => text.startsWith("$ npm start"));
  if (!block) throw new Error("README.md shows no transcript of the demo");
  return block.text;
}
