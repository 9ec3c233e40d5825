/** Trap 15 of the approval: mail scanners open every link, so a page that acts on GET is approved by a machine. */
import { answerPage } from "../../functions/block/approval.ts";
import { linkQuery } from "../../functions/block/approval-link.ts";
import { HOUR } from "../../functions/domain/instant.ts";
import { NOON } from "./builders.ts";
import { A, aDesk, filed, KEY } from "./desk.ts";

/** Which methods of opening a link decide the proposal behind it, however complete the form that comes with them. */
async function decidingMethods(answer: typeof answerPage): Promise<string[]> {
  const deciding: string[] = [];
  for (const method of ["GET", "HEAD"]) {
    const desk = aDesk();
    const proposal = await filed(desk);
    const form = new URLSearchParams({ decision: "approve", source: A, hash: proposal.hash }).toString();
    const link = linkQuery({ id: proposal.id, expiresAt: NOON + HOUR }, KEY);
    const headers = { contentType: "application/x-www-form-urlencoded", fetchSite: "same-origin" };
    const scene = { key: KEY, nonce: "n", approvalMinutes: 60, onTimeout: "discard" as const, now: NOON };
    await answer(desk.ports, { method, query: link, body: form, ...headers }, scene);
    if ((await desk.get(proposal.id)).status !== "open") deciding.push(method);
  }
  return deciding;
}

test("opening a link decides nothing", async () => {
  expect(await decidingMethods(answerPage)).toEqual([]);
});

test("found: trap 15: a page that acts on GET", async () => {
  const planted: typeof answerPage = (ports, request, scene) =>
    answerPage(ports, { ...request, method: "POST" }, scene);
  expect(await decidingMethods(planted)).toEqual(["GET", "HEAD"]);
});
