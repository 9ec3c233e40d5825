/** The tick that makes and replaces gates; see tend-gates.ts. What it logs tells how many there are, never which. */
import { randomBytes } from "node:crypto";

import { functionEnvironments } from "../domain/environment.ts";
import { gateSet } from "./aws/gate-set.ts";
import { secretVersions } from "./aws/secret-versions.ts";
import { gateOrderSchema } from "./gate-rotation.ts";
import { type GatesTended, tendGates } from "./tend-gates.ts";

const environment = functionEnvironments.gates.parse(process.env);
const { SECRET_ARN, GATE_SET, POOL_REGION, ROTATE_DAYS } = environment;
const ports = {
  secret: secretVersions(SECRET_ARN),
  rule: GATE_SET === "-" ? null : gateSet(GATE_SET, POOL_REGION),
  now: Date.now,
  fresh: {
    gate: () => randomBytes(16).toString("base64url"),
    tagKey: () => randomBytes(32).toString("base64url"),
  },
};

export async function handler(event: unknown): Promise<GatesTended> {
  const { order } = gateOrderSchema.parse(event);
  const settings = { secretName: SECRET_ARN, rotateDays: ROTATE_DAYS, ...(order && { order }) };
  const tended = await tendGates(ports, settings);
  console.log(JSON.stringify({ event: "gates.tended", ...tended }));
  return tended;
}
