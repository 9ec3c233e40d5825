/** The people of the demo, each with an app of their own, and what counts as their using it. */
import { type AppUse, openApp, type Visitor } from "./benign.ts";
import type { Cast } from "./cast.ts";
import { type CognitoCall, cognitoCaller } from "./cognito-call.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";
import type { Story } from "./story.ts";
import type { Tally } from "./tally.ts";

/** Every request holds the clock at wall speed until it is answered. */
export function held(stage: Stage, call: CognitoCall): CognitoCall {
  return (...request) => stage.clock.during(() => call(...request));
}

export interface Crowd {
  readonly stage: Stage;
  /** Warnings for a person, one line each. */
  readonly onNotice: (text: string) => void;
  readonly cast: Cast;
  readonly story: Story;
  readonly tally: Tally;
  readonly random: Random;
}

/** How much has to go right before people count as flowing: both families, and several from the one office. */
const FLOWING = { calls: 15, fromOffice: 2 };

export function createCrowd({ stage, onNotice, cast, story, tally, random }: Crowd): readonly [Visitor, ...Visitor[]] {
  const signedIn = new Set<string>();
  const call = held(stage, cognitoCaller(stage.viewerUrl, "aws-amplify/6.22.1 auth/1 framework/100"));
  const use: AppUse = {
    ...{ clientId: stage.clientId, poolName: stage.poolName, call, random },
    now: stage.clock.now,
    wait: (ms) => stage.clock.wait(ms),
    count(fate, what) {
      tally.count("benign", fate, stage.clock.now());
      if (fate !== "answered") onNotice(`a benign call was ${fate}: ${what}`);
    },
    signedIn(person) {
      signedIn.add(person.name);
      const people = cast.people.filter(({ name }) => signedIn.has(name));
      const fromOffice = people.filter(({ address }) => address === cast.office).length;
      const bothFamilies = people.some(({ address }) => address.includes(":"));
      if (tally.total("benign", "answered") >= FLOWING.calls && fromOffice >= FLOWING.fromOffice && bothFamilies)
        story.observe(
          "benign-flows",
          stage.clock.now(),
          `${people.length} people, ${fromOffice} behind one office address`,
        );
    },
  };
  const [first, ...rest] = cast.people.map((person) => openApp(person, use));
  if (!first) throw new Error("nobody is cast as a user");
  return [first, ...rest];
}
