/** cfn-lint, with the resource specification that its pinned version brings, on the templates of all representative configs. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import * as z from "zod";

import { readAssembly } from "../../local/template.ts";
import { synthesised } from "../infra/builders.ts";
import { theOthers, theSmallest } from "../infra/representative.ts";
import { describeWith, toolFolder } from "./tools.ts";

jest.setTimeout(300_000);

/** Findings that are none, by rule. */
const falseFindings: Readonly<Record<string, string>> = {
  W3005: "CDK lets a resource wait for its role and the role's policies together, though it names the role anyway.",
};

const findingsSchema = z.array(z.looseObject({ Rule: z.looseObject({ Id: z.string() }), Message: z.string() }));

/** What cfn-lint finds in a stack's template, for the Region that it is for. Its exit code only repeats that. */
async function lint(folder: string, { name, region }: { name: string; region: string }): Promise<string[]> {
  const template = join(folder, `${name}.template.json`);
  const ended = await promisify(execFile)(
    join(toolFolder("cfn-lint"), "bin/cfn-lint"),
    ["--format", "json", "--regions", region, "--", template],
    { maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: { stdout?: string }) => {
    if (!error.stdout) throw error;
    return { stdout: error.stdout };
  });
  return findingsSchema
    .parse(JSON.parse(ended.stdout || "[]"))
    .filter(({ Rule }) => !(Rule.Id in falseFindings))
    .map(({ Rule, Message }) => `${name}: ${Rule.Id} ${Message}`);
}

async function lintAll(folder: string): Promise<string[]> {
  const findings: string[] = [];
  for (const stack of readAssembly(folder).stacks) findings.push(...(await lint(folder, stack)));
  return findings;
}

describeWith("cfn-lint", "cfn-lint has nothing to say", () => {
  test.each([{ case: "the smallest config", deployment: theSmallest }, ...theOthers])(
    "$case",
    async ({ deployment }) => {
      expect(await lintAll(synthesised(deployment))).toEqual([]);
    },
  );

  test.each([
    {
      mistake: "a comparison that CloudWatch does not know",
      from: '"GreaterThanOrEqualToThreshold"',
      to: '"GreaterOrEqual"',
      rule: /E3030/,
    },
    { mistake: "a property in wrong letters", from: '"TreatMissingData"', to: '"TreatMissingdata"', rule: /E3002/ },
    {
      mistake: "a resource that is not there",
      from: '"Ref": "TrailBucket',
      to: '"Ref": "NowhereBucket',
      rule: /E1020/,
    },
  ])("but it has of $mistake", async ({ from, to, rule }) => {
    const folder = synthesised(theSmallest);
    const template = join(folder, "portcullis-pool.template.json");
    const text = readFileSync(template, "utf8");
    expect(text).toContain(from);
    writeFileSync(template, text.replace(from, to));
    expect(await lint(folder, { name: "portcullis-pool", region: "eu-west-1" })).toEqual([expect.stringMatching(rule)]);
  });
});
