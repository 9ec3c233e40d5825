/** `npm run diagrams`: writes docs/diagrams.md from the state machines, the templates and the imports; `--check` fails if it is stale. */
import { keepGenerated } from "../cli/generated-file.ts";
import { machineDiagram } from "./diagrams/machines.ts";
import { modulesDiagram } from "./diagrams/modules.ts";
import { resourcesDiagram } from "./diagrams/resources.ts";

const page = [
  "# Diagrams",
  "",
  "Made by `npm run diagrams` from the state machines, the synthesised templates and the imports; do not edit.",
  "[ARCHITECTURE.md](../ARCHITECTURE.md) explains them.",
  "",
  "## What is deployed",
  "",
  "The two stacks of the example config. An arrow leads to what something reads, writes, calls or sends to; roles, log groups",
  "and policies are left out, and so are the arrows of what only watches.",
  "",
  await resourcesDiagram(),
  "",
  "## A run: mitigate",
  "",
  "Solid where a state ends well, dotted where it fails.",
  "",
  machineDiagram("mitigate"),
  "",
  "## A proposal: approve",
  "",
  machineDiagram("approve"),
  "",
  "## The hourly rollup",
  "",
  machineDiagram("rollup"),
  "",
  "## Which folder imports which",
  "",
  "At run time; types alone draw no arrow.",
  "",
  await modulesDiagram(),
  "",
].join("\n");

keepGenerated("docs/diagrams.md", page, { args: process.argv.slice(2), by: "npm run diagrams" });
