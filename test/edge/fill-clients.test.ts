import { fillClients } from "../../functions/edge/fill-clients.ts";
import { readGateDocument } from "../../functions/edge/gate-rotation.ts";

const filled = (clients: unknown, found: Record<string, string | null>) =>
  fillClients(readGateDocument(JSON.stringify({ gates: [], clients, note: "kept" }), "arn"), found);

test.each([
  { case: "a new client", clients: {}, secret: "s", state: "added", held: ["s"] },
  { case: "one that is there", clients: { a: { secrets: ["s"] } }, secret: "s", state: "there", held: ["s"] },
  {
    case: "one under rotation",
    clients: { a: { secrets: ["t", "s"] } },
    secret: "s",
    state: "there",
    held: ["t", "s"],
  },
  {
    case: "one with another secret",
    clients: { a: { secrets: ["t"] } },
    secret: "s",
    state: "added",
    held: ["s", "t"],
  },
  { case: "two others", clients: { a: { secrets: ["t", "u"] } }, secret: "s", state: "two-others", held: ["t", "u"] },
  { case: "no secret in the pool", clients: { a: { secrets: ["t"] } }, secret: null, state: "no-secret", held: ["t"] },
  { case: "a broken entry", clients: { a: "?" }, secret: "s", state: "added", held: ["s"] },
])("$case: $state", ({ clients, secret, state, held }) => {
  const { document, states } = filled(clients, { a: secret });
  expect(states).toEqual({ a: state });
  expect(document).toMatchObject({ note: "kept", clients: { a: { secrets: held } } });
});

test("clients that are not asked for stay as they are", () => {
  expect(filled({ b: { secrets: ["x"] } }, { a: "s" }).document.clients).toEqual({
    a: { secrets: ["s"] },
    b: { secrets: ["x"] },
  });
});
