import { MINUTE } from "../../../functions/domain/instant.ts";
import type { Answer } from "../../../local/demo/cognito-call.ts";
import { DEMO_QUOTA_RPS } from "../../../local/demo/config.ts";
import { createLaunches, type Launched } from "../../../local/demo/launches.ts";
import { offers } from "../../../local/demo/offers.ts";
import { createRandom } from "../../../local/demo/random.ts";

interface Sent {
  readonly door: "edge" | "pool";
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly from: string;
}

const challenge = {
  ChallengeName: "PASSWORD_VERIFIER",
  ChallengeParameters: { USER_ID_FOR_SRP: "u", SECRET_BLOCK: "c2VjcmV0", SALT: "ab", SRP_B: "abcdef" },
};

function aField() {
  let now = 0;
  const sent: Sent[] = [];
  const refused = new Set<string>();
  const line =
    (door: Sent["door"]) =>
    async (operation: string, body: object, from: string): Promise<Answer> => {
      sent.push({ door, operation, body: { ...body }, from });
      if (refused.has(from)) return { status: 403, body: {}, errorType: "ForbiddenException" };
      const asksSrp = operation === "InitiateAuth" && JSON.stringify(body).includes("USER_SRP_AUTH");
      return asksSrp
        ? { status: 200, body: challenge, errorType: null }
        : { status: 400, body: {}, errorType: "NotAuthorizedException" };
    };
  const launches = createLaunches({
    lines: {
      ...{ clientId: "client", poolName: "Demo00001", now: () => now, accountOf: async (user) => `real-${user}` },
      ...{ edge: line("edge"), pool: line("pool") },
    },
    random: createRandom(1),
    free: Array.from({ length: 40 }, (_, index) => `192.0.2.${index + 1}`),
    office: "192.0.2.99",
    onAnswer: () => {},
  });
  return {
    ...{ launches, sent, refused },
    pass: (ms: number) => {
      now += ms;
    },
    async second(taken = new Set<string>()) {
      now += 1000;
      await Promise.all(launches.sendSecond(taken));
    },
  };
}

test.each(offers.map((offer) => ({ case: offer.id, offer })))(
  "$case leaves people room in its quota, and every attacker takes part",
  async ({ offer }) => {
    const { launches, sent, second } = aField();
    const { attackers } = launches.launch(offer.id);
    for (let count = 0; count < 30 * (offer.everySeconds ?? 1); count++) {
      const before = sent.length;
      await second();
      expect(sent.length - before).toBeLessThan(DEMO_QUOTA_RPS - 1);
    }
    expect(new Set(attackers.map(({ source }) => source)).size).toBe(offer.sources.count);
    expect(new Set(sent.map(({ from }) => from)).size).toBeGreaterThanOrEqual(Math.min(offer.sources.count, 30));
    expect(new Set(sent.map(({ door }) => door))).toEqual(new Set([offer.id === "direct-bypass" ? "pool" : "edge"]));
  },
);

test("each attacker begins at the beginning: who guesses a code has asked for one", async () => {
  const { launches, sent, second } = aField();
  launches.launch("code-guessing");
  for (let count = 0; count < 5; count++) await second();
  const sources = [...new Set(sent.map(({ from }) => from))];
  const firsts = sources.map((source) => sent.find(({ from }) => from === source)?.operation);
  expect(firsts).toEqual(["ForgotPassword", "ForgotPassword"]);
});

test("attacks on one quota wait for one another, and for the story while it uses it", async () => {
  const { launches, sent, second } = aField();
  for (const id of ["direct-bypass", "spray", "flood"]) launches.launch(id);
  await second(new Set(["UserAuthentication"]));
  expect([sent.length, launches.all()[0]?.state]).toEqual([0, "waits"]);
  await second();
  expect(sent.length).toBeLessThan(DEMO_QUOTA_RPS - 1);
  expect(launches.all().map(({ state }) => state)).toEqual(["runs", "waits", "waits"]);
});

test("the same attack is not launched twice while it is loud", () => {
  const { launches } = aField();
  launches.launch("spray");
  expect(() => launches.launch("spray")).toThrow("Password spray is still under way");
  expect(() => launches.launch("teapot")).toThrow("There is no attack teapot");
});

test("once all are refused the attack only tries again, and is over when nobody is held any more", async () => {
  const { launches, sent, refused, second, pass } = aField();
  const launched: Launched = launches.launch("sign-up-farm");
  await second();
  for (const { from } of sent) refused.add(from);
  await second();
  await second();
  expect(launched.state).toBe("tries-again");
  const held = launched.attackers.map(({ source }) => source);
  pass(MINUTE);
  launches.look(held, false);
  expect(launched.state).toBe("tries-again");
  launches.look([], true);
  expect(launched.state).toBe("tries-again");
  launches.look([], false);
  expect([launched.state, launches.isOn()]).toEqual(["over", false]);
});

test("a name that exists is one of the pool's, a made-up one is not", async () => {
  const { launches, sent, second } = aField();
  launches.launch("enumeration");
  for (let count = 0; count < 20; count++) await second();
  const names = sent.map(({ body }) => String(body["Username"]));
  const known = names.filter((name) => name.startsWith("real-")).length;
  expect(known / names.length).toBeGreaterThan(0.6);
  expect(names.filter((name) => name.endsWith("@example.org")).length).toBe(names.length - known);
});
