import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

import { analyze } from "../../cli/analyze.ts";
import { exitCodes } from "../../cli/exit.ts";
import { main } from "../../cli/main.ts";
import { logFolder, writeLogs } from "../detect/log-folder.ts";
import { CLIENT, errors, type JsonRecord, jsonLines, logsOf, series, trailFile } from "../detect/traffic.ts";

const portcullis = join(import.meta.dirname, "../../bin/portcullis.js");
const folder = logFolder();
afterAll(() => folder.remove());

const attack = series(20, 5_000, (index) => ({ user: `victim-${index}`, error: errors.wrongPassword }));
const { waf = [], cloudtrail = [] } = writeLogs(folder, attack, ["edge", "trail"]);

async function run(...args: string[]) {
  const out = jest.spyOn(process.stdout, "write").mockImplementation(writeNothing);
  const err = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  process.exitCode = undefined;
  const code = await main(["analyze", ...args]);
  const text = (spy: { mock: { calls: readonly (readonly unknown[])[] } }) =>
    spy.mock.calls.map(([chunk]) => String(chunk)).join("");
  const result = { code, stdout: text(out), stderr: text(err) };
  jest.restoreAllMocks();
  process.exitCode = 0;
  return result;
}

test("--json prints one document with the fields of the contract, and nothing else", async () => {
  const { code, stdout } = await run("--waf", ...waf, "--cloudtrail", ...cloudtrail, "--json");
  expect(code).toBe(exitCodes.done);
  const report = JSON.parse(stdout);
  expect(Object.keys(report)).toEqual([
    "window",
    "evidenceCompleteTo",
    "warnings",
    "inputs",
    "sources",
    "accountsAtRisk",
    "series",
    "totals",
  ]);
  expect(Object.keys(report.inputs[0])).toEqual([
    "kind",
    "file",
    "records",
    "accepted",
    "skipped",
    "rejected",
    "reasons",
  ]);
  expect(Object.keys(report.sources[0]).sort()).toEqual(
    [
      "source",
      "paths",
      "verdict",
      "handsOff",
      "needsPerson",
      "score",
      "reasons",
      "firstSeen",
      "lastSeen",
      "calls",
      "failures",
      "successes",
      "distinctUsers",
      "series",
    ].sort(),
  );
  expect(Object.keys(report.sources[0].reasons[0]).sort()).toEqual([
    "detection",
    "observed",
    "severity",
    "text",
    "window",
  ]);
  expect(report.window).toEqual({ from: "2026-11-22T10:00:00.000Z", to: "2026-11-22T10:01:35.001Z" });
  expect(report.evidenceCompleteTo).toBe("2026-11-22T10:01:35.000Z");
});

test("a person gets a table with the offender and the reason", async () => {
  const { code, stdout } = await run("--waf", ...waf, "--cloudtrail", ...cloudtrail);
  expect(code).toBe(exitCodes.done);
  expect(stdout).toMatch(/203\.0\.113\.7\/32 +ban/);
  expect(stdout).toContain("password-spray: 20 failed sign-ins on 20 different users");
});

test("an option may repeat, and patterns are expanded, each file read once", async () => {
  const [file = ""] = waf;
  const { stdout } = await run(
    "--waf",
    file,
    file,
    "--waf",
    file.replace("edge.log", "ed*.log"),
    "--cloudtrail",
    ...cloudtrail,
    "--json",
  );
  expect(JSON.parse(stdout).inputs).toHaveLength(2);
});

test.each([
  { case: "an unknown option", args: ["--wafs", "x"] },
  { case: "no logs", args: [] },
  { case: "a pattern without a file", args: ["--waf", "/nowhere/*.log"] },
  { case: "a time without a zone", args: ["--waf", ...waf, "--from", "2026-11-22T10:00:00"] },
  { case: "a day that does not exist", args: ["--waf", ...waf, "--to", "2026-02-30T10:00:00Z"] },
  {
    case: "a window that ends before it begins",
    args: ["--waf", ...waf, "--from", "2026-11-22T11:00:00Z", "--to", "2026-11-22T10:00:00Z"],
  },
  { case: "a config that is not there", args: ["--waf", ...waf, "--config", "/nowhere.json"] },
  {
    case: "a policy that tunes nothing",
    args: ["--waf", ...waf, "--policy", folder.write("p.json", '{"detections": {"sprayy": {}}}')],
  },
  { case: "a policy that is no policy", args: ["--waf", ...waf, "--policy", folder.write("q.json", '{"scores": 1}')] },
])("$case is wrong usage", async ({ args }) => {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect(code).toBe(exitCodes.usage);
  expect(stdout).toBe("");
  expect(stderr).not.toBe("");
});

describe("a log that cannot be read is refused before any other is, with its name and what to do", () => {
  const [log = ""] = waf;
  const beside = (name: string) => join(dirname(log), name);

  test("a pipe", async () => {
    execFileSync("mkfifo", [beside("pipe")]);
    const { code, stderr } = await run("--waf", log, beside("pipe"));
    expect(code).toBe(exitCodes.usage);
    expect(stderr).toContain(`--waf ${beside("pipe")}: is no file; write what comes out of a pipe to one`);
  });

  test("a link to nothing, found by a pattern", async () => {
    symlinkSync(beside("nothing"), beside("link.json"));
    const { code, stderr } = await run("--cloudtrail", beside("li*.json"));
    expect(code).toBe(exitCodes.usage);
    expect(stderr).toMatch(/link to a file that is not there|no such file/);
  });

  test("a folder with nothing in it", async () => {
    mkdirSync(beside("hollow"));
    const { code, stderr } = await run("--waf", beside("hollow"));
    expect(code).toBe(exitCodes.usage);
    expect(stderr).toContain("no file is in it");
  });

  test("somebody else's file", () => {
    chmodSync(dirname(log), 0o755);
    chmodSync(folder.write("secret.log", "{}"), 0o000);
    // Root may read everything, so where the tests run as root somebody else tries.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const { status, stderr } = spawnSync("node", [portcullis, "analyze", "--waf", log, beside("secret.log")], {
      encoding: "utf8",
      ...nobody,
    });
    expect(stderr).toContain(`--waf ${beside("secret.log")}: may not be read by you`);
    expect(status).toBe(exitCodes.usage);
  }, 30_000);
});

test("something rejected ends with 3, and the report is printed", async () => {
  const { code, stdout, stderr } = await run("--waf", ...waf, folder.write("broken.log", "{"), "--json");
  expect(code).toBe(exitCodes.incomplete);
  expect(JSON.parse(stdout).totals.calls).toBe(20);
  expect(stderr).toContain("broken.log: 1 rejected (bad-json 1)");
});

test("a log that ends long before `to` ends with 3", async () => {
  expect((await run("--waf", ...waf, "--to", "2026-11-22T10:30:00Z", "--json")).code).toBe(exitCodes.incomplete);
  expect((await run("--waf", ...waf, "--to", "2026-11-22T10:05:00Z", "--json")).code).toBe(exitCodes.done);
});

test("skipped records alone end with 0", async () => {
  const page = logsOf(attack).edge.map((record) => ({ ...record, httpSourceName: "ALB" }));
  expect((await run("--waf", folder.write("alb.log", jsonLines(page)), "--json")).code).toBe(exitCodes.done);
});

describe("--policy and --config", () => {
  test("a policy moves the limits", async () => {
    const policy = folder.write(
      "strict.json",
      JSON.stringify({
        detections: {
          "password-spray": { watchAt: 500, banAt: 1000, slowWatchAt: 500, slowBanAt: 1000 },
          "failure-ratio": { banAt: 900, watchAt: 900, slowBanAt: 900, slowWatchAt: 900 },
        },
      }),
    );
    const { report } = await analyze({ waf, cloudtrail, policy });
    expect(report.sources).toEqual([]);
  });

  const config = folder.write(
    "config.json",
    JSON.stringify({
      account: "111122223333",
      userPool: { id: "eu-west-1_Example11", clientIds: [CLIENT] },
      egress: ["203.0.113.0/24"],
    }),
  );

  test("own egress is watched at most", async () => {
    const { report } = await analyze({ waf, cloudtrail, config });
    expect(report.sources[0]).toMatchObject({ verdict: "watch", score: expect.any(Number) });
  });

  const logs = logsOf(attack.slice(0, 1));
  const direct = logsOf(series(1, 1, () => ({ path: "direct" })));
  const withHeader = (record: JsonRecord | undefined, name: string, value: string) => ({
    ...record,
    httpRequest: {
      ...(record?.["httpRequest"] as JsonRecord),
      headers: [
        { name: "x-amzn-cognito-operation-name", value: "InitiateAuth" },
        { name, value },
      ],
    },
  });
  test.each([
    {
      case: "another distribution's web ACL",
      kind: "waf",
      content: jsonLines([{ ...logs.edge[0], webaclId: "arn:aws:wafv2:us-east-1:111122223333:global/webacl/other/1" }]),
      reason: "other-web-acl",
    },
    {
      case: "another pool behind our web ACL",
      kind: "waf",
      content: jsonLines([
        { ...direct.pool[0], httpSourceId: "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Other1111" },
      ]),
      reason: "other-pool",
    },
    {
      case: "another client at the web ACL",
      kind: "waf",
      content: jsonLines([withHeader(direct.pool[0], "x-amzn-cognito-client-id", "other")]),
      reason: "other-client",
    },
    {
      case: "another client",
      kind: "cloudtrail",
      content: trailFile([{ ...direct.trail[0], requestParameters: { clientId: "other" } }]),
      reason: "other-client",
    },
    {
      case: "another pool",
      kind: "cloudtrail",
      content: trailFile([{ ...direct.trail[0], additionalEventData: { userPoolId: "eu-west-1_Other1111" } }]),
      reason: "other-pool",
    },
    {
      case: "another Region",
      kind: "cloudtrail",
      content: trailFile([{ ...direct.trail[0], awsRegion: "us-east-1" }]),
      reason: "other-pool",
    },
  ] as const)("with a config $case is $reason", async ({ kind, content, reason }) => {
    const path = folder.write("foreign", content);
    expect((await analyze({ [kind]: [path], config })).report.inputs[0]).toMatchObject({
      accepted: 0,
      reasons: { [reason]: 1 },
    });
    expect((await analyze({ [kind]: [path] })).report.inputs[0]).toMatchObject({ accepted: 1 });
  });
});

describe("--html", () => {
  test("writes one page that holds the sources, beside the document", async () => {
    const file = folder.write("page.html", "an older page");
    const { code, stdout } = await run("--waf", ...waf, "--cloudtrail", ...cloudtrail, "--json", "--html", file);
    expect(code).toBe(exitCodes.done);
    expect(JSON.parse(stdout).sources[0].source).toBe("203.0.113.7/32");
    expect(readFileSync(file, "utf8")).toContain("203.0.113.7/32");
    expect(readdirSync(dirname(file)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test.each([
    { case: "a folder that is not there", file: "nowhere/page.html", says: "there is no folder" },
    { case: "a folder", file: ".", says: "is no file" },
  ])("$case is told in words, before anything is read", async ({ file, says }) => {
    const { code, stdout, stderr } = await run("--waf", ...waf, "--html", join(dirname(waf[0] ?? ""), file));
    expect(code).toBe(exitCodes.usage);
    expect(stderr).toContain(says);
    expect(stdout).toBe("");
  });

  test("never replaces one of the logs", async () => {
    const [log = ""] = waf;
    const before = readFileSync(log);
    expect((await run("--waf", log, "--html", log)).code).toBe(exitCodes.usage);
    expect(readFileSync(log)).toEqual(before);
  });
});

/** Takes what is written and says that it was. */
function writeNothing(...args: unknown[]): boolean {
  const done = args.at(-1);
  if (typeof done === "function") done();
  return true;
}
