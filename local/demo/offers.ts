/** The attacks that the live page offers to launch, each with what its offenders send and how hard. */
import type { Category } from "../../functions/domain/deployment.ts";
import type { AttackOffer } from "../../report/live-state.ts";
import type { Places } from "./cast.ts";
import {
  askAndGuessCodes,
  askAtSignUp,
  type OffenceKind,
  pumpCodes,
  type Script,
  scriptOf,
  tryStrangers,
} from "./offences.ts";
import type { Random } from "./random.ts";

export interface Offer extends AttackOffer {
  readonly id: OffenceKind | "low-and-slow";
  /** The quota that it uses; of attacks on the same one the later waits. */
  readonly category: Category;
  readonly sources: Places;
  /** For how long it goes on at its rate, on the demo's clock. */
  readonly seconds: number;
  /** One attempt in so many seconds, too few for any alarm; as many as the quota has room for where it is left out. */
  readonly everySeconds?: number;
  readonly script: (name: string, random: Random) => Script;
}

const addresses = (count: number) => ({ count, from: "addresses" }) as const;
/** Two full minutes above half of a quota: an alarm looks at whole ones. */
const LOUD_SECONDS = 150;

export const offers: readonly Offer[] = [
  {
    id: "spray",
    title: "Password spray",
    does: "A dozen addresses try a few common passwords on user after user.",
    expect: "Uses up the sign-in quota: an alarm, then bans.",
    seconds: LOUD_SECONDS,
    category: "UserAuthentication",
    sources: addresses(12),
    script: (name, random) => scriptOf("spray", name, random),
  },
  {
    id: "stuffing",
    title: "Credential stuffing",
    does: "Eight addresses try pairs of name and password that leaked elsewhere; most names are strangers here.",
    expect: "The names are refused as unknown, mostly; now and then a pair is right, and that account is at risk.",
    seconds: LOUD_SECONDS,
    category: "UserAuthentication",
    sources: addresses(8),
    script: (name, random) => scriptOf("stuffing", name, random),
  },
  {
    id: "brute-force",
    title: "Brute force on one account",
    does: "Three addresses guess the password of one user, over and over.",
    expect: "Cognito locks the user out; the run bans who guessed.",
    seconds: LOUD_SECONDS,
    category: "UserAuthentication",
    sources: addresses(3),
    script: (_, random) => scriptOf("brute-force", "the", random),
  },
  {
    id: "code-guessing",
    title: "Guessing reset codes",
    does: "Two addresses have a code sent to one user each, and guess it.",
    expect:
      "Nobody's password is tried, and yet it is brute force. Who comes too late for the run is found by the patrol.",
    seconds: LOUD_SECONDS,
    category: "UserAccountRecovery",
    sources: addresses(2),
    script: (name) => askAndGuessCodes(name),
  },
  {
    id: "sign-up-farm",
    title: "Sign-up burst",
    does: "Two addresses create accounts by the dozen.",
    expect: "Uses up the sign-up quota: another alarm, another run.",
    seconds: LOUD_SECONDS,
    category: "UserCreation",
    sources: addresses(2),
    script: (name, random) => scriptOf("sign-up-farm", name, random),
  },
  {
    id: "code-pumping",
    title: "Code pumping",
    does: "Two addresses have codes sent to forty numbers again and again: the owner pays for each message.",
    expect: "The reason tells about how much it has cost.",
    seconds: LOUD_SECONDS,
    category: "UserAccountRecovery",
    sources: addresses(2),
    script: (name) => pumpCodes(name, "ForgotPassword", 40),
  },
  {
    id: "enumeration",
    title: "User enumeration",
    does: "Three addresses sign up under names from a bought list: the answer tells who has an account.",
    expect: "No password is guessed, and yet it is seen.",
    seconds: LOUD_SECONDS,
    category: "UserCreation",
    sources: addresses(3),
    script: (name) => askAtSignUp(name),
  },
  {
    id: "direct-bypass",
    title: "Round the proxy",
    does: "Two addresses call Cognito itself, without the secret that only the edge holds.",
    expect: "Every call fails, but uses the quota; the firewall of the pool stops them.",
    seconds: LOUD_SECONDS,
    category: "UserAuthentication",
    sources: addresses(2),
    script: (name, random) => scriptOf("direct-bypass", name, random),
  },
  {
    id: "distributed-range",
    title: "Spread over a range",
    does: "Ninety neighbours of one IPv6 range try three or four leaked passwords each, too few for a ban of any of them.",
    expect: "Never banned hands-off: the range waits for you in the inbox.",
    seconds: 100,
    category: "UserAuthentication",
    sources: { count: 90, from: "site" },
    script: (name, random) => scriptOf("distributed-range", name, random),
  },
  {
    id: "distributed-fingerprint",
    title: "Spread over the world",
    does: "Ninety addresses that have nothing in common but their tool try three or four leaked passwords each.",
    expect: "A fingerprint is never banned: the run tells of it, and proposes a rule that limits its rate.",
    seconds: 100,
    category: "UserAuthentication",
    sources: { count: 90, from: "world" },
    script: (name, random) => scriptOf("distributed-fingerprint", name, random),
  },
  {
    id: "office-bot",
    title: "From inside the office",
    does: "A bot in the office tries passwords, from the one address that its people share.",
    expect: "A ban would lock the people out too, so it waits for you.",
    seconds: LOUD_SECONDS,
    category: "UserAuthentication",
    sources: { count: 1, from: "office" },
    script: (name, random) => scriptOf("office-bot", name, random),
  },
  {
    id: "flood",
    title: "Flood",
    does: "Two addresses begin sign-ins that they never finish, as fast as the quota lets them.",
    expect: "Nothing fails, nothing is guessed: the sheer number gives them away.",
    seconds: 300,
    category: "UserAuthentication",
    sources: addresses(2),
    script: (name, random) => scriptOf("flood", name, random),
  },
  {
    id: "low-and-slow",
    title: "Low and slow",
    does: "Two addresses try a password on another user every twenty seconds: no quota feels it, no alarm fires.",
    expect: "The patrol looks every half hour without any alarm, and finds them.",
    seconds: 2_700,
    everySeconds: 10,
    category: "UserAuthentication",
    sources: addresses(2),
    script: (name) => tryStrangers(name),
  },
];
