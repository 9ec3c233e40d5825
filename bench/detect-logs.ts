/** Many calls as log files such as AWS delivers, made fast: the records of bench/traffic with their varying parts put in anew. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { MINUTE } from "../functions/domain/instant.ts";
import {
  type Call,
  cloudFrontValues,
  errors,
  subOf,
  tagOf,
  trailRecord,
  tsvFile,
  wafRecord,
} from "./traffic/log-records.ts";

/** All calls fall into one window of the slow kind's size. */
export const window = { from: Date.UTC(2026, 10, 22, 10), to: Date.UTC(2026, 10, 22, 11) };
/** One file of each log holds so many records. */
const PER_FILE = 20_000;
const SOURCES = 20_000;

const sample: Call = {
  ...{ at: 1_111_111_111_000, ip: "sample-ip", path: "proxied", operation: "InitiateAuth", flow: "USER_PASSWORD_AUTH" },
  ...{ user: "sample", error: null },
};
const sampleTime = new Date(sample.at).toISOString();

interface Varying {
  readonly at: number;
  readonly ip: string;
  readonly id: string;
  readonly user: string;
}

/** What differs from record to record, by the text that stands for it in the sample. */
const parts: readonly (readonly [text: string, of: (varying: Varying) => string])[] = [
  [String(sample.at), ({ at }) => String(at)],
  [`${sampleTime.slice(0, 19)}Z`, ({ at }) => `${new Date(at).toISOString().slice(0, 19)}Z`],
  [sampleTime.slice(0, 10), ({ at }) => new Date(at).toISOString().slice(0, 10)],
  [sampleTime.slice(11, 19), ({ at }) => new Date(at).toISOString().slice(11, 19)],
  ["sample-ip", ({ ip }) => ip],
  ["sample-id", ({ id }) => id],
  [tagOf("sample"), ({ user }) => user.padStart(16, "t")],
  [subOf("sample"), ({ user }) => `sub-${user}`],
  [String(trailRecord(sample, "sample-id", 0)["eventID"]), ({ id }) => `event-${id}`],
];

function filler(text: string): (varying: Varying) => string {
  const pieces = text.split(new RegExp(`(${parts.map(([part]) => part.replaceAll(/[.+]/g, "\\$&")).join("|")})`));
  const makers = pieces.map((piece) => parts.find(([part]) => part === piece)?.[1] ?? piece);
  return (varying) => makers.map((maker) => (typeof maker === "string" ? maker : maker(varying))).join("");
}

const failed = { ...sample, error: errors.wrongPassword };
const waf = filler(JSON.stringify(wafRecord(sample, "sample-id")));
const forms = [sample, failed].map((call) => ({
  trail: filler(JSON.stringify(trailRecord(call, "sample-id", 0))),
  cloudFront: filler(cloudFrontValues(call, "sample-id").join("\t")),
}));
const header = tsvFile([]).trimEnd();

/** Writes `count` proxied calls below `folder` and returns the bytes of their text, by log. */
export function writeDetectLogs(
  folder: string,
  count: number,
): Readonly<Record<"waf" | "trail" | "cloudfront", number>> {
  const bytes = { waf: 0, trail: 0, cloudfront: 0 };
  for (const log of ["waf", "trail", "cloudfront"]) mkdirSync(join(folder, log), { recursive: true });
  for (let start = 0; start < count; start += PER_FILE) {
    const calls = Array.from({ length: Math.min(PER_FILE, count - start) }, (_, index) => callAt(start + index, count));
    const write = (log: keyof typeof bytes, ending: string, text: string) => {
      bytes[log] += text.length;
      writeFileSync(join(folder, log, `${start}${ending}.gz`), gzipSync(text, { level: 1 }));
    };
    const form = ({ user }: Varying) => forms[Number(user) % 10 === 3 ? 1 : 0] ?? { trail: waf, cloudFront: waf };
    write("waf", ".log", calls.map(waf).join("\n"));
    write("trail", ".json", `{"Records":[${calls.map((call) => form(call).trail(call)).join(",")}]}`);
    write("cloudfront", ".tsv", `${[header, ...calls.map((call) => form(call).cloudFront(call))].join("\n")}\n`);
  }
  return bytes;
}

function callAt(index: number, count: number): Varying {
  const source = Math.imul(index, 2_654_435_761) >>> 0;
  const [low, high] = [source % SOURCES, Math.floor((source % SOURCES) / 250)];
  return {
    at: window.from + Math.floor((index * (window.to - window.from - MINUTE)) / count),
    ip: `20.${high}.${Math.floor(low / 100) % 256}.${(low % 250) + 1}`,
    id: `${index.toString(36).padStart(54, "0")}==`,
    user: String(source % (4 * SOURCES)),
  };
}
