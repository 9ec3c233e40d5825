import { createAthena } from "../athena.ts";
import { createDeadLetters } from "../dead-letters.ts";
import { createEventBridge } from "../event-bridge.ts";
import { createLambda } from "../lambda.ts";
import { createScheduler } from "../scheduler.ts";
import { createStepFunctions, type ExecutionEvent } from "../step-functions.ts";
import type { Account } from "./account.ts";
import type { Context } from "./context.ts";

/** What runs: functions, queries, state machines, and what starts them. */
export async function startWorkflow({ events, clock, assembly, iam, server, onStop }: Context, account: Account) {
  const { metrics, store } = account.shown;
  const authorize = iam.authorizeRole;
  const lambda = await createLambda({
    assembly,
    clock,
    endpoint: server.url,
    metrics,
    keyOf: iam.keyOf,
    onLog: (log) => events.emit({ kind: "lambda-log", log }),
    onEnd: (functionName, end) => events.emit({ kind: "invocation", functionName, end }),
  });
  onStop(lambda.stop);
  const { functions } = lambda;
  const athena = createAthena({ clock, assembly, store, metrics });
  onStop(athena.stop);
  const onEvent = (event: ExecutionEvent) => events.emit({ kind: "execution", event });
  const stepFunctions = createStepFunctions({ clock, assembly, functions, athena, metrics, authorize, onEvent });
  onStop(stepFunctions.stop);
  const deadLetters = createDeadLetters({ clock, metrics });
  const { startExecution, executions } = stepFunctions;
  const { putRecord } = account;
  const targets = { assembly, clock, startExecution, functions, putRecord, authorize, deadLetters };
  const eventBridge = createEventBridge(targets);
  account.connect(eventBridge.bus);
  const scheduler = createScheduler(targets);
  onStop(scheduler.stop);

  server.add("lambda", lambda.service);
  server.add("athena", athena.service);
  server.add("states", stepFunctions.service);
  return {
    functions,
    warm: lambda.warm,
    shown: { functions, redeploy: lambda.redeploy, executions, startExecution, bus: eventBridge.bus, deadLetters },
  };
}
