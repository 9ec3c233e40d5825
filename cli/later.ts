import type { Command } from "commander";

import { NotSupportedError } from "../functions/domain/errors.ts";

/** Commands of the design that this version does not have: known by name, so that nobody looks for a typing error. */
const later = [
  ["explain", "one source's whole story", "use `portcullis bans list --json`: each claim carries its reasons"],
] as const;

export function registerLater(program: Command): void {
  for (const [name, summary, instead] of later) {
    program
      .command(name)
      .description(`${summary} (not in this version)`)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new NotSupportedError(`\`portcullis ${name}\` is not in this version; ${instead}.`);
      });
  }
}
