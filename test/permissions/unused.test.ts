import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createIam } from "../../local/iam.ts";
import { readAssembly } from "../../local/template.ts";
import { aDeployment, synthesised } from "../infra/builders.ts";
import { noteGrants } from "./notes.ts";
import { tellUnused } from "./unused.ts";

const deployment = aDeployment();
const assembly = readAssembly(synthesised(deployment));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-grants-"));
  process.env.PORTCULLIS_GRANTS = folder;
});
afterEach(() => {
  delete process.env.PORTCULLIS_GRANTS;
  rmSync(folder, { recursive: true });
});

/** A world in which a function of the templates has done something, told as a scenario tells it. */
function aWorldInWhich(functionName: string, action: string, resource: string): void {
  const iam = createIam(assembly);
  const handler = assembly.ofType("AWS::Lambda::Function").find(({ name }) => name === functionName);
  iam.authorizeRole(String(handler?.properties.Role), [{ action, resource }]);
  noteGrants({ deployment, grants: iam.grants });
}

const topic = assembly.ofType("AWS::SNS::Topic")[0]?.arn ?? "";

test("a permission that was used in one of many worlds is no longer told, and every other is", () => {
  aWorldInWhich("portcullis-sensors", "sns:ListSubscriptionsByTopic", topic);
  expect(tellUnused(folder)).not.toContain("functionssensors sns:ListSubscriptionsByTopic");
  expect(tellUnused(folder)).toContain(`functionsnotify sns:Publish ${topic}`);
  aWorldInWhich("portcullis-notify", "sns:Publish", topic);
  expect(tellUnused(folder)).not.toContain("functionsnotify sns:Publish");
  expect(tellUnused(folder)).not.toContain("functionssensors sns:ListSubscriptionsByTopic");
  expect(tellUnused(folder)).toContain("functionsask sns:Publish");
});

test("what has a reason is not told, though nobody used it", () => {
  aWorldInWhich("portcullis-notify", "sns:Publish", topic);
  expect(tellUnused(folder)).not.toMatch(/logs:PutLogEvents|xray:|athena:GetDataCatalog/);
});

test("worlds that note nothing are no proof", () => {
  expect(tellUnused(folder)).toContain("nothing is known");
});
