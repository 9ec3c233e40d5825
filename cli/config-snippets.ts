/** `portcullis config snippets`: what a client's developer writes to call the proxy instead of Cognito. */
import { EDGE_REGION, namesOf } from "../functions/domain/names.ts";
import { readLocalFile } from "../local/demo/local-file.ts";
import type { SnippetFlags } from "./commands/setting-up.ts";
import { readTarget, type SnippetTarget } from "./config-snippets-target.ts";
import { type SnippetKind, snippetKinds } from "./config-snippets-texts.ts";
import { readConfig } from "./documents.ts";
import { UsageError } from "./exit.ts";
import { palette, printJson, printText } from "./output.ts";

export async function snippets(flags: SnippetFlags): Promise<void> {
  const target = await findTarget(flags);
  const written = writeSnippets(target, flags.for);
  if (flags.json) return printJson({ ...target, snippets: written });
  const [only, ...more] = written;
  // One alone is printed as the file that it is, so that it can be redirected into it.
  if (only && more.length === 0) return printText(only.text.trimEnd());
  await printText(written.map(describe).join("\n\n"));
}

async function findTarget({ domain, client, config, local }: SnippetFlags): Promise<SnippetTarget> {
  const here = local ? readLocalFile(process.cwd()) : null;
  const deployment = here?.config ?? readConfig(config);
  const found = domain ?? here?.viewerUrl ?? (await deployedDomain(namesOf(deployment).edgeStack));
  return readTarget(deployment, { domain: found, client, local: local ?? false });
}

async function deployedDomain(stack: string): Promise<string> {
  const { readStackOutput } = await import("./aws/stack-outputs.ts");
  return readStackOutput(EDGE_REGION, stack, "DistributionDomainName");
}

type Written = Omit<SnippetKind, "write"> & { readonly text: string };

/** Without a wish, every client that can be pointed there. */
export function writeSnippets(target: SnippetTarget, wanted?: readonly string[]): Written[] {
  return snippetKinds
    .filter(({ id }) => wanted?.includes(id) ?? true)
    .flatMap(({ write, ...kind }) => {
      const text = write(target);
      if (text !== null) return [{ ...kind, text }];
      if (wanted) throw new UsageError(`${kind.title} takes a host name only, so it cannot call ${target.url}.`);
      return [];
    });
}

function describe({ title, file, note, text }: Written): string {
  const { bold, dim } = palette(process.stdout);
  return [bold(`── ${title}: ${file}`), dim(note), "", text.trimEnd()].join("\n");
}
