/** A machine whose clock is hours off, at a deployment whose AWS refuses signatures of another time, as AWS does. */
import { HOUR, type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { AwsError } from "../../local/aws-wire.ts";
import type { AwsService } from "../../local/ports.ts";
import { NOON } from "../local/waf-builders.ts";
import { type CommandAccount, startCommandAccount } from "./command-account.ts";

const source = "198.51.100.7/32";
const began = performance.now();
/** The true time. */
const now = (): Instant => NOON + Math.round(performance.now() - began);
jest.setTimeout(60_000);

let account: CommandAccount;
beforeAll(async () => {
  account = await startCommandAccount({ now, before: inTimeOnly });
});
afterAll(() => account.stop());

function inTimeOnly(service: AwsService): AwsService {
  return {
    call(call) {
      const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(call.headers["x-amz-date"] ?? "") ?? [];
      const [year = 0, month = 0, ...rest] = parts.map(Number);
      if (Math.abs(Date.UTC(year, month - 1, ...rest) - now()) < 5 * MINUTE) return service.call(call);
      throw new AwsError("InvalidSignatureException", "Signature not yet current, or expired");
    },
  };
}

function withClockOff<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const clocks = jest.spyOn(Date, "now").mockImplementation(() => now() + milliseconds);
  return work().finally(() => clocks.mockRestore());
}

function expectNear(iso: string | undefined, instant: Instant): void {
  expect(Math.abs(Date.parse(iso ?? "") - instant)).toBeLessThan(10 * SECOND);
}

test.each([
  { off: 5 * HOUR, told: "300 minutes ahead of" },
  { off: -5 * HOUR, told: "300 minutes behind" },
  { off: -2 * MINUTE, told: "2 minutes behind" },
])("$told AWS's: bans begin and end by AWS's clock", async ({ off, told }) => {
  const { portcullis, open } = account;
  await withClockOff(off, async () => {
    const added = await portcullis("bans", "add", source, "--for", "10m", "--reason", "ticket 42");
    expect(added).toMatchObject({ code: 0, out: expect.stringContaining("is banned until 2026-11-22T12:1") });
    expect(added.err).toContain(`clock is ${told} AWS's`);
    expectNear((await open().bans.getBan(source))?.expiresAt, now() + 10 * MINUTE);
    expect((await portcullis("bans", "list")).out).toContain(source);

    expect(await portcullis("bans", "release", source)).toMatchObject({ code: 0, out: `${source} is released\n` });
    expectNear((await open().bans.getBan(source))?.releasedAt, now());
    expect((await portcullis("bans", "list")).out).toBe("Nobody is banned.\n");
  });
});

test("of a clock that is right nothing is said", async () => {
  expect((await withClockOff(0, () => account.portcullis("bans", "list"))).err).toBe("");
});
