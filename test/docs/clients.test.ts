import { writeSnippets } from "../../cli/config-snippets.ts";
import { readTarget } from "../../cli/config-snippets-target.ts";
import { parseDeployment } from "../../functions/domain/deployment.ts";
import { read, readDocument } from "./documents.ts";

const example = parseDeployment(JSON.parse(read("portcullis.config.example.json")), "the example");
const choice = { domain: "d111111abcdef8.cloudfront.net", client: example.userPool.clientIds[0], local: false };
const blocks = readDocument("docs/clients.md").codes.map(({ text }) => text);

test.each(writeSnippets(readTarget(example, choice)))(
  "docs/clients.md shows the snippet for $id as the command prints it for the example config",
  ({ text }) => {
    expect(blocks).toContain(text.trimEnd());
  },
);
