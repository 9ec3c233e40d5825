/** Snippets as a user gets and uses them: printed by the command, written to a file, and run. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { LOCAL_FOLDER, writeLocalFile } from "../../../local/demo/local-file.ts";
import { deployment } from "../proxied-pool.ts";

const root = join(import.meta.dirname, "../../..");
const run = promisify(execFile);

export interface Workshop {
  readonly folder: string;
  /** What `portcullis config snippets --for` prints about a proxy on this machine. */
  print(kind: string, url: string): Promise<string>;
  write(file: string, text: string): string;
  /** What the program wrote to standard output. */
  run(command: string, ...args: readonly string[]): Promise<string>;
  remove(): void;
}

/** A folder inside the project, so that what runs in it finds the installed packages. */
export function aWorkshop(): Workshop {
  mkdirSync(join(root, LOCAL_FOLDER), { recursive: true });
  const folder = mkdtempSync(join(root, LOCAL_FOLDER, "snippets-"));
  const nowhere = "http://127.0.0.1:1/";
  const urls = { awsEndpoint: nowhere, clockUrl: nowhere, viewerUrl: nowhere, poolUrl: nowhere };
  writeLocalFile(folder, { pid: process.pid, ...urls, config: deployment });

  async function inFolder(command: string, ...args: readonly string[]): Promise<string> {
    const env = { PATH: process.env["PATH"], AWS_EC2_METADATA_DISABLED: "true" };
    return (await run(command, args, { cwd: folder, env })).stdout;
  }
  return {
    folder,
    print: (kind, url) => {
      const command = [join(root, "bin/portcullis.js"), "config", "snippets", "--local"];
      return inFolder(process.execPath, ...command, "--domain", url, "--for", kind);
    },
    write(file, text) {
      const path = join(folder, file);
      writeFileSync(path, text);
      return path;
    },
    run: inFolder,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
