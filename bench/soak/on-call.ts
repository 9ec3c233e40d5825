/** The person on call: some minutes after a mail they open its link, keep whom they know to be innocent, and send the form. */

import { MINUTE } from "../../functions/domain/instant.ts";
import { approvalFields } from "../../functions/domain/proposal.ts";
import { readForm } from "../../local/demo/approver.ts";
import type { Random } from "../../local/demo/random.ts";
import type { World } from "../../local/world.ts";

/** Proposals by how they were answered, and the sources on their pages by what they were in truth. */
export interface Decisions {
  approved: number;
  rejected: number;
  /** No longer to be decided when the page was opened. */
  late: number;
  guiltySources: number;
  innocentSources: number;
}

export interface OnCall {
  readonly decisions: Readonly<Decisions>;
}

/** @param isGuilty Whether a source or range on the page holds offenders and nobody else. */
export function createOnCall(world: World, random: Random, isGuilty: (source: string) => boolean): OnCall {
  const decisions: Decisions = { approved: 0, rejected: 0, late: 0, guiltySources: 0, innocentSources: 0 };
  world.on((event) => {
    if (event.kind !== "message") return;
    const link = event.message.message.split(/\s+/).find((word) => word.startsWith(world.approvalUrl));
    if (link) world.clock.at(world.clock.now() + random.int(3, 12) * MINUTE, () => decide(link));
  });

  async function decide(link: string): Promise<void> {
    const page = await fetch(link);
    const form = readForm(await page.text());
    if (!page.ok || !form) {
      decisions.late += 1;
      return;
    }
    const { fields } = form;
    const filed = fields.getAll(approvalFields.source);
    const guilty = filed.filter(isGuilty);
    decisions.guiltySources += guilty.length;
    decisions.innocentSources += filed.length - guilty.length;
    fields.delete(approvalFields.source);
    fields.delete(approvalFields.rest);
    for (const source of guilty) fields.append(approvalFields.source, source);
    fields.set(approvalFields.comment, "decided in the soak");
    fields.set(approvalFields.decision, guilty.length > 0 ? "approve" : "reject");
    await fetch(new URL(form.action, link), { method: "POST", body: fields, redirect: "manual" });
    decisions[guilty.length > 0 ? "approved" : "rejected"] += 1;
  }
  return { decisions };
}
