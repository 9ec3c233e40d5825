/**
 * What a cold start at the edge costs before the first request: loading the handler's bundle in a process of its own,
 * beside the same bundle without the AWS SDK and beside a file with nothing in it, by turns.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { deployed } from "./edge-bundle.ts";
import type { Section } from "./section.ts";

/** What functions/edge/aws imports; a name that is missing here fails the build of the bundle. */
const SDK = ["GetSecretValueCommand", "HttpRequest", "NodeHttpHandler", "SecretsManagerClient"].concat([
  "SecretsManagerServiceException",
  "Sha256",
  "SignatureV4",
  "fromEnv",
]);

/** In place of the SDK: empty classes. */
const withoutSdk: Plugin = {
  name: "without-sdk",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@(aws-sdk|smithy)\// }, () => ({ path: "stub", namespace: "stub" }));
    onLoad({ filter: /.*/, namespace: "stub" }, () => ({
      contents: SDK.map((name) => `export class ${name} {}`).join("\n"),
    }));
  },
};

export interface ColdStart {
  readonly what: string;
  readonly kilobytes: number;
  /** Median over fresh processes. */
  readonly milliseconds: number;
  /** The packages with the largest share of the bundle. */
  readonly largest: readonly { readonly name: string; readonly kilobytes: number }[];
}

export async function measureColdStart(processes = 15): Promise<ColdStart[]> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-cold-start-"));
  try {
    const variants = [
      await write(folder, "with the AWS SDK", deployed),
      await write(folder, "without", { ...deployed, plugins: [withoutSdk] }),
      { what: "nothing", file: textFile(folder, "nothing", ""), kilobytes: 0, largest: [] },
    ];
    const times = variants.map((): number[] => []);
    for (let round = 0; round < processes; round++)
      for (const [index, { file }] of variants.entries()) times[index]?.push(loadingTime(file));
    return variants.map(({ what, kilobytes, largest }, index) => {
      return { what, kilobytes, largest, milliseconds: median(times[index] ?? []) };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function write(folder: string, what: string, options: BuildOptions) {
  const { outputFiles, metafile } = await build(options);
  const text = outputFiles?.[0]?.text ?? "";
  return { what, file: textFile(folder, what, text), kilobytes: text.length / 1000, largest: shares(metafile) };
}

function textFile(folder: string, name: string, text: string): string {
  const file = join(folder, `${name.replaceAll(" ", "-")}.cjs`);
  writeFileSync(file, text);
  return file;
}

function shares(metafile: Metafile | undefined): ColdStart["largest"] {
  const bytes = new Map<string, number>();
  for (const output of Object.values(metafile?.outputs ?? {}))
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(input)?.[1] ?? "portcullis";
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  return [...bytes]
    .sort(([, one], [, other]) => other - one)
    .slice(0, 5)
    .map(([name, size]) => ({ name, kilobytes: size / 1000 }));
}

/** Milliseconds that a fresh process needs to load a file; its own start is not in them. */
function loadingTime(file: string): number {
  const script = `const from = process.hrtime.bigint(); require(${JSON.stringify(file)}); console.log(Number(process.hrtime.bigint() - from))`;
  const env = { AWS_REGION: "us-east-1", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
  return Number(execFileSync(process.execPath, ["-e", script], { env, encoding: "utf8" })) / 1e6;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The table, one bundle a line; what it consists of below. */
export async function benchColdStart(): Promise<Section> {
  const starts = await measureColdStart();
  const text = [
    "| bundle of the edge handler | kB | ms to load | largest parts |",
    "|---|---|---|---|",
    ...starts.map(({ what, kilobytes, milliseconds, largest }) => {
      const parts = largest.map((part) => `${part.name} ${part.kilobytes.toFixed(0)} kB`).join(", ");
      return `| ${what} | ${kilobytes.toFixed(0)} | ${milliseconds.toFixed(1)} | ${parts} |`;
    }),
  ].join("\n");
  return { text, figures: [] };
}

if (process.argv[1] === import.meta.filename) console.log((await benchColdStart()).text);
