/** The representative configs: the smallest one counted, the others by what they change in it. */
import type { Deployment } from "../../functions/domain/deployment.ts";
import { synthesised } from "./builders.ts";
import { theOthers, theSmallest } from "./representative.ts";
import { brokenRules } from "./rules/index.ts";
import { readSynthesis } from "./rules/synthesis.ts";
import { census, differences } from "./template-outline.ts";

const synthesise = (deployment: Deployment) => readSynthesis(synthesised(deployment));
const base = synthesise(theSmallest);

test("the smallest config", () => {
  expect(census(base)).toMatchSnapshot();
});

test.each(theOthers)("$case", ({ deployment }) => {
  const other = synthesise(deployment);
  expect(brokenRules(other)).toEqual({});
  expect(differences(base, other)).toMatchSnapshot();
});
