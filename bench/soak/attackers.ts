import { createAccounts } from "../../local/demo/accounts.ts";
import type { Lines } from "../../local/demo/attempt.ts";
import { cognitoCaller } from "../../local/demo/cognito-call.ts";
import type { World } from "../../local/world.ts";
import { APP_CLIENT } from "./config.ts";

/** What attackers call with: the distribution or the Region's endpoint, at wall speed while an answer is awaited. */
export function attackerLines(world: World): Lines {
  const { clock, cognito, deployment } = world;
  const held = (url: string): Lines["edge"] => {
    const call = cognitoCaller(url, "python-requests/2.32");
    return (operation, body, from) => clock.during(() => call(operation, body, from));
  };
  return {
    ...{ clientId: APP_CLIENT, poolName: deployment.userPool.id.split("_")[1] ?? "", now: clock.now },
    ...{ edge: held(world.viewerUrl), pool: held(world.poolUrl) },
    accountOf: createAccounts((name) => {
      if (!cognito.users.find(name)) cognito.users.addUser(name, "Nobody-Knows-This-1!");
    }),
  };
}
