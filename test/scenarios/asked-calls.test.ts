import type { WorldOptions } from "../../local/world.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";

jest.setTimeout(240_000);

const attackers = ["198.51.100.7", "198.51.100.8"];
let scenario: Scenario;
afterEach(() => scenario?.stop());

test.each<{ case: string; options: Partial<WorldOptions> }>([
  {
    case: "sign-ins are Admin calls",
    options: { config: { ...scenarioConfig, AdvancedSecurityEnabled: true } },
  },
  { case: "app clients have two secrets", options: { pool: { secretsPerClient: 2 } } },
])(
  "where $case, a password spray gets its sources banned, and not the edge function's own address",
  async ({ options }) => {
    scenario = await aScenario(options);
    const refused = new Set<string>();
    scenario.on((event) => {
      if (event.kind === "inspection" && event.inspection.action === "BLOCK") refused.add(event.request.clientIp);
    });
    await scenario.spray(attackers, () => attackers.every((address) => refused.has(address)), { minutes: 40 });
    expect([...refused].sort()).toEqual(attackers);
    const sources = scenario.events.flatMap((event) =>
      event.kind === "log" && event.log === "cloudtrail" ? [event.record["sourceIPAddress"]] : [],
    );
    expect(new Set(sources)).toEqual(new Set(["3.80.0.10"]));
    expect(scenario.ipSets.some((set) => set.has("3.80.0.10"))).toBe(false);
    expect(scenario.mishaps()).toEqual([]);
  },
);
