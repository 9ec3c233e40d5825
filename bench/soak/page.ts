/** The text of docs/soak.md. */
import type { Figures } from "./figures.ts";
import { soakReport } from "./report.ts";
import type { Violation } from "./rules.ts";

export function soakPage(figures: Figures, violations: readonly Violation[], took: string): string {
  return `# Soak

Made by \`npm run soak -- --days ${figures.days} --seed ${figures.seed} --write\`; do not edit. It took ${took}.

${introduction}

${soakReport(figures, violations)}

${reading}
`;
}

const introduction = `Days of a deployment in the local world, booted from the synthesised templates, on its fast clock and in \`enforce\`. People follow the rhythm of a
day and prove real passwords, codes and tokens; attacks of all kinds overlap; every day has a release that signs everybody out, a wrong secret
that is rotated in and out again, a trigger that throws, a release with a wrong client id, an hour in which no log is delivered, an outage of WAF amid
attacks, two redeployments, a clock that leaps by three minutes, and an address that somebody writes into one of the machine's IP sets. A person on call
answers mails after some minutes and approves whoever is guilty. All of it is drawn from the seed before it begins. The program of one day is part of the gate.`;

const reading = `## How to read it

A *right* ban is one of a source that attacked; a range is right only if nobody innocent is in it. Time to block counts from an attack's first call to the
moment in which its first source stands in the IP sets, whichever of alarm, patrol or person brought it there. Attacks by many sources that are quiet each
are filed for the person on call. Resident memory is that of one process with all stand-ins, functions and the query engine in it; the world keeps histories and logs as
AWS does, so it grows with what happened, and the rule is about how much. Calls are not repeated to the millisecond from run to run, for
the machine's speed decides who comes first within a moment; who does what and when is.`;
