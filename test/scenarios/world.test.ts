import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { synthesise } from "../../local/synth.ts";
import { startWorld } from "../../local/world.ts";
import { START, scenarioConfig } from "./builders.ts";

jest.setTimeout(120_000);

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "portcullis-world-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a world that was stopped lets its process exit, and leaves nothing behind", async () => {
  const source = `
    import { existsSync, readdirSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { startWorld } from "./local/world.ts";
    const world = await startWorld({ config: ${JSON.stringify(scenarioConfig)}, seed: 1, start: ${START} });
    await world.clock.wait(90_000);
    const folder = world.store.folder;
    await world.stop();
    console.log(JSON.stringify({ left: existsSync(folder) }));`;
  const file = join(root, ".portcullis", `world-exit-${process.pid}.mts`);
  writeFileSync(file, source.replaceAll("./local/", "../local/"));
  try {
    const child = spawn(process.execPath, ["--import", "tsx", file], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([code, said.trim()]).toEqual([0, '{"left":false}']);
  } finally {
    rmSync(file);
  }
});

test("a boot that fails says why and leaves nothing open", async () => {
  const broken = await assemblyWith((template) => template.replace('"AWS::WAFv2::IPSet"', '"Custom::Mystery"'));
  await expect(startWorld({ config: scenarioConfig, seed: 1, assemblyFolder: broken })).rejects.toThrow(
    "Custom::Mystery",
  );
});

test("the same config is synthesised once, even when asked for twice at a time", async () => {
  const folders = await Promise.all([synthesise(scenarioConfig), synthesise(scenarioConfig)]);
  const before = performance.now();
  folders.push(await synthesise(scenarioConfig));
  expect(performance.now() - before).toBeLessThan(1000);
  expect(new Set(folders).size).toBe(1);
});

test("an app that fails is reported with what it said, and is not kept", async () => {
  const unusable = { ...scenarioConfig, account: "12" };
  for (let attempt = 0; attempt < 2; attempt++)
    await expect(synthesise(unusable)).rejects.toThrow(/cannot be synthesised:.*account: must be the 12 digits/s);
});

test("a config that cannot be used is refused with all its problems", async () => {
  const config = { ...scenarioConfig, account: "12", thresholds: [50, 50] };
  await expect(startWorld({ config, seed: 1 })).rejects.toThrow("account: must be the 12 digits");
});

/** A copy of the synthesised assembly in which the edge stack's template is changed. */
async function assemblyWith(change: (template: string) => string): Promise<string> {
  const copy = mkdtempSync(join(folder, "assembly-"));
  cpSync(await synthesise(scenarioConfig), copy, { recursive: true });
  const file = join(copy, "portcullis-edge.template.json");
  writeFileSync(file, change(readFileSync(file, "utf8")));
  return copy;
}
