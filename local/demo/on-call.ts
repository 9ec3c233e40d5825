/** The person on call: decides on the page in a demo that ends by itself, else it is whoever reads the live page. */
import type { Mode } from "../../functions/domain/ban.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import { counted } from "../../functions/domain/wording.ts";
import { approveOnPage } from "./approver.ts";
import type { Stage } from "./stage.ts";
import type { Story } from "./story.ts";

export interface OnCall {
  /** Looks for proposals and deals with them. */
  look(): Promise<void>;
  /** The latest of each category, as of the last look. */
  proposals(): readonly Proposal[];
}

export interface OnCallOptions {
  readonly stage: Stage;
  readonly mode: Mode;
  readonly once: boolean;
  readonly story: Story;
}

/** Where nobody watches, somebody approves through the mail's link. */
export function createOnCall({ stage, mode, once, story }: OnCallOptions): OnCall {
  const answered = new Set<string>();
  let proposals: readonly Proposal[] = [];

  async function approve({ id, version }: Proposal, url: string): Promise<void> {
    if (answered.has(`${id} ${version}`)) return;
    answered.add(`${id} ${version}`);
    await approveOnPage(url);
  }
  function tell(open: Proposal | undefined): void {
    if (open) story.observe("proposal-filed", stage.clock.now(), counted(open.sources, "source"));
    const approved = proposals.find(({ status }) => status === "approved");
    if (approved) story.observe("proposal-approved", stage.clock.now(), `by ${approved.decision?.by}`);
  }
  return {
    proposals: () => proposals,
    async look() {
      if ((once && mode !== "approve") || !story.has("run-starts")) return;
      proposals = await stage.proposals();
      const open = proposals.find(({ status }) => status === "open");
      tell(open);
      const url = once ? stage.approvalLink() : null;
      if (open && url) await approve(open, url);
    },
  };
}
