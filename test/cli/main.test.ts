import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";

import { parseDuration } from "../../cli/commands/duration.ts";
import { describeError, exitCodeOf, UsageError } from "../../cli/exit.ts";
import { InvalidInputError, NotFoundError, RefusedError } from "../../functions/domain/errors.ts";
import { run } from "./run-command.ts";

test.each([
  { case: "an unknown command", args: ["nonsense"] },
  { case: "no command", args: [] },
  { case: "an unknown option", args: ["demo", "--nonsense"] },
  { case: "a mode that does not exist", args: ["demo", "--mode", "berserk"] },
  { case: "a port that does not exist", args: ["demo", "--port", "65536"] },
  { case: "a seed that is no number", args: ["demo", "--seed", "1e3"] },
  { case: "--json without --once", args: ["demo", "--json"] },
  { case: "a ban without a reason", args: ["bans", "add", "198.51.100.7", "--for", "2h"] },
  { case: "a duration without unit", args: ["bans", "add", "198.51.100.7", "--for", "2", "--reason", "x"] },
  { case: "a config that is not there", args: ["bans", "list", "--config", "no-such-file.json"] },
])("$case is wrong usage: code 2, a message, nothing on standard output", async ({ args }) => {
  const { code, out, err } = await run(...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).not.toMatch(/\n\s+at /);
  expect(err).not.toBe("");
});

test.each([["no-address"], ["999.1.1.1"], ["198.51.100.7", "--at", "yesterday"], ["198.51.100.7", "--days", "0"]])(
  "explain %s %s %s is refused as a wrong command line",
  async (...args) => {
    const { code, out, err } = await run("explain", ...args.filter(Boolean));
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/Write |It must be /);
  },
);

test("help names every command of the contract and is no failure", async () => {
  const { code, out } = await run("--help");
  expect(code).toBe(0);
  const commands = [
    "demo",
    "analyze",
    "backtest",
    "bans",
    "approvals",
    "status",
    "mode",
    "config",
    "report",
    "explain",
    "doctor",
  ];
  for (const command of commands) expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, "m"));
});

test.each([
  { text: "90m", minutes: 90 },
  { text: "2h", minutes: 120 },
  { text: "1.5h", minutes: 90 },
  { text: "7d", minutes: 10_080 },
])("$text is $minutes minutes", ({ text, minutes }) => {
  expect(parseDuration(text)).toBe(minutes);
});

test.each(["2", "h", "0m", "-1h", "1w", "400d", "1e3m", "2 h", ""])("%j is no duration", (text) => {
  expect(() => parseDuration(text)).toThrow(InvalidArgumentError);
});

test.each([
  { case: "a contradiction between options", error: new UsageError("x"), code: 2 },
  { case: "an input that breaks its contract", error: new InvalidInputError("x", ["y"]), code: 2 },
  { case: "what a guard refuses", error: new RefusedError("x", ["y"]), code: 1 },
  { case: "a thing that is not there", error: new NotFoundError("x"), code: 1 },
  { case: "something that is no error at all", error: "x", code: 1 },
])("$case ends with code $code", ({ error, code }) => {
  expect(exitCodeOf(error)).toBe(code);
});

test("a stack is shown only to who asks for it", () => {
  const error = new Error("broken");
  expect(describeError(error)).toBe("broken");
  expect(describeError(error, true)).toContain("main.test.ts");
});

test.each([
  { case: "no credentials", name: "CredentialsProviderError", step: /Sign in to AWS/ },
  { case: "credentials that are over", name: "ExpiredTokenException", step: /Sign in to AWS/ },
  { case: "a deployment that is not there", name: "ResourceNotFoundException", step: /not in this account and Region/ },
  { case: "a role that may not", name: "AccessDeniedException", step: /may not do this/ },
])("$case is told with what to do next, also where it only is the cause", ({ name, step }) => {
  const refused = Object.assign(new Error("refused"), { name });
  expect(describeError(refused)).toMatch(step);
  expect(describeError(new Error("the ledger", { cause: refused }))).toMatch(/^the ledger\n {2}→ /);
});

test("a network that answers nothing is told by its code, and where to look", () => {
  const unreached = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
  expect(describeError(new Error("the ledger", { cause: unreached }))).toMatch(/→ AWS does not answer.*Region/);
});

test.each([
  { case: "that is empty", text: "", says: /is no JSON: it is empty/ },
  { case: "that breaks off", text: '{"a": 1,\n  "b" 2}', says: /is no JSON: .*line 2/ },
])("a config $case is told with its place", async ({ text, says }) => {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-main-"));
  const config = join(folder, "portcullis.config.json");
  writeFileSync(config, text);
  const { code, out, err } = await run("bans", "list", "--config", config);
  rmSync(folder, { recursive: true });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(says);
});

test("a folder in place of a policy is named, with where a policy comes from", async () => {
  const { code, err } = await run("policy", "diff", tmpdir());
  expect(code).toBe(2);
  expect(err).toMatch(/is a folder\.\n {2}→ `portcullis policy show --stated/);
});
