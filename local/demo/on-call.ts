/** The person on call: decides on the page in a demo that ends by itself, else is waited for. */
import type { Mode } from "../../functions/domain/ban.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import { counted } from "../../functions/domain/wording.ts";
import { approveOnPage } from "./approver.ts";
import type { Stage } from "./stage.ts";
import type { Story } from "./story.ts";

/** Bans that wait for a person, with the page where to decide. */
export interface OpenApproval {
  readonly url: string;
  readonly sources: number;
}

export interface OnCall {
  /** Looks for proposals and deals with them. */
  look(): Promise<void>;
  approval(): OpenApproval | null;
}

export interface OnCallOptions {
  readonly stage: Stage;
  readonly mode: Mode;
  readonly once: boolean;
  readonly story: Story;
}

/**
 * Where nobody watches, somebody approves through the mail's link. Else the clock keeps to the wall while a proposal
 * is open, for one that waits an hour would be over in seconds.
 */
export function createOnCall({ stage, mode, once, story }: OnCallOptions): OnCall {
  const answered = new Set<string>();
  let open: Proposal | undefined;

  async function approve({ id, version }: Proposal, url: string): Promise<void> {
    if (answered.has(`${id} ${version}`)) return;
    answered.add(`${id} ${version}`);
    await approveOnPage(url);
  }
  function tell(proposals: readonly Proposal[]): void {
    if (open) story.observe("proposal-filed", stage.clock.now(), counted(open.sources, "source"));
    const approved = proposals.find(({ status }) => status === "approved");
    if (approved) story.observe("proposal-approved", stage.clock.now(), `by ${approved.decision?.by}`);
  }
  async function decide(): Promise<void> {
    const url = stage.approvalLink();
    if (!once) stage.clock.setRace(open ? 1 : stage.race);
    else if (open && url) await approve(open, url);
  }
  return {
    approval() {
      const url = stage.approvalLink();
      return open && url ? { url, sources: open.sources } : null;
    },
    async look() {
      if (mode !== "approve" || !story.has("run-starts")) return;
      const proposals = await stage.proposals();
      open = proposals.find(({ status }) => status === "open");
      tell(proposals);
      await decide();
    },
  };
}
