import { fileProposal } from "../../functions/block/file-proposal.ts";
import type { NoticeText } from "../../functions/block/notice-text.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import type { Plan } from "../../functions/domain/plan.ts";
import { aFiledBan, aPlan, aRun, NOON } from "./builders.ts";
import { aScene, type Scene } from "./scene.ts";

export const KEY = "key-of-approval-links";
export const A = "198.51.100.8/32";
export const B = "203.0.113.9/32";

/** What files, asks and decides, on a ledger in memory; mails, executions that have `asked`, and answers to them are kept. */
export function aDesk(scene: Scene = aScene()) {
  const documents = new Map<string, string>();
  const started: { name: string; input: unknown }[] = [];
  const answered: { token: string; output: unknown }[] = [];
  const mails: NoticeText[] = [];
  const asked: string[] = [];
  const ports = {
    ...scene.ports,
    evidence: {
      read: async (key: string) => JSON.parse(documents.get(key) ?? "null"),
      write: async (key: string, document: unknown) => void documents.set(key, JSON.stringify(document)),
    },
    executions: {
      start: async (name: string, input: unknown) => {
        if (!started.some((one) => one.name === name)) started.push({ name, input });
      },
    },
    tokens: {
      succeed: async (token: string, output: unknown) => {
        if (answered.some((one) => one.token === token)) return false;
        answered.push({ token, output });
        return true;
      },
    },
    topic: { publish: async (notice: NoticeText) => void mails.push(notice) },
  };
  const plan = (over: Partial<Plan> = {}) =>
    aPlan({
      apply: [],
      file: [aFiledBan({ source: A }), aFiledBan({ source: B, score: 80, handsOff: true })],
      ...over,
    });
  let ids = 0;
  return {
    ...{ scene, ports, documents, started, asked, answered, mails, plan },
    file: (over: Partial<Plan> = {}) => {
      ids += 1;
      return fileProposal(ports, plan(over), `proposal-number-${ids}`, scene.now());
    },
    stage: (over = {}) => ({
      now: scene.now(),
      approvalUrl: "https://approval.example.com/",
      approvalMinutes: 60,
      key: KEY,
      onTimeout: "discard" as const,
      nonce: "n",
      ...over,
    }),
    get: async (id: string) => {
      const ticket = await ports.proposals.get(id);
      if (!ticket) throw new Error(`no proposal ${id}`);
      return ticket.proposal;
    },
  };
}
export type Desk = ReturnType<typeof aDesk>;

/** A desk on which `meanwhile` is done once, right before a write of a proposal arrives. */
export function aBusyDesk() {
  const busy = { meanwhile: async () => {} };
  const fault = async (call: string, phase: string) => {
    if (call !== "putProposal" || phase !== "before") return;
    const { meanwhile } = busy;
    busy.meanwhile = async () => {};
    await meanwhile();
  };
  return { desk: aDesk(aScene({ fault })), busy };
}

export async function filed(desk: Desk, over: Partial<Plan> = {}) {
  const proposal = await desk.file(over);
  if (!proposal) throw new Error("nothing was filed");
  return proposal;
}
export const step = (proposal: { id: string; version: number }, taskToken = "token-1") => ({
  ...{ step: "ask" as const, run: aRun(), proposalId: proposal.id, version: proposal.version, taskToken },
});
export function decision(proposal: { id: string; hash: string }, approved: string[], over = {}) {
  const who = { by: "ada", comment: "", at: NOON + MINUTE, otherwise: "rejected" as const, nonce: "n0" };
  return { id: proposal.id, hash: proposal.hash, approved, ...who, ...over };
}
