/** What the sign-ins of a pool share: its settings and the challenges that are open. */
import { ChallengeSessions } from "./challenge-sessions.ts";
import type { RandomBytes } from "./random.ts";
import { defaultSettings, type SignInSettings } from "./settings.ts";

export interface SignIns {
  readonly settings: SignInSettings;
  readonly challenges: ChallengeSessions;
  readonly region: string;
  readonly random: RandomBytes;
}

export function createSignIns(given: Partial<SignInSettings>, region: string, random: RandomBytes): SignIns {
  const settings = { ...defaultSettings, ...given };
  return { settings, challenges: new ChallengeSessions(settings.sessionMinutes, random), region, random };
}
