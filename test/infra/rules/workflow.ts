import { createIam } from "../../../local/iam.ts";
import type { Resource } from "../../../local/template.ts";
import { type Properties, statementsOf } from "../builders.ts";
import type { Synthesis, TemplateRule } from "./synthesis.ts";

/** Trap 17: a definition from a file is checked by nobody, loses its time-out and gets no permissions. */
export const definitionsStandInTheTemplate: TemplateRule = ({ assembly }) =>
  machines(assembly).flatMap(({ name, properties }) => {
    if (properties["DefinitionString"] === undefined) return [`${name}: the definition is not in the template`];
    const definition = definitionOf(properties);
    return [
      ...(definition.TimeoutSeconds ? [] : [`${name}: has no time-out`]),
      ...[...JSON.stringify(definition).matchAll(/\$\{(\w+)\}/g)].map(
        ([, key]) => `${name}: nothing is put in for ${key}`,
      ),
    ];
  });

/** Trap 25: who is asked for an approval is not asked through the pool that may be under attack. */
export const approvalNeedsNoPool: TemplateRule = ({ assembly, raw }) => {
  const types = Object.values(raw).flatMap((resources) => Object.values(resources).map(({ Type }) => Type));
  const roles = assembly
    .ofType("AWS::Lambda::Function")
    .filter(({ name }) => /-(approval|ask)$/.test(name))
    .map(({ properties }) => (properties as Properties).Role);
  const actions = roles.flatMap((role) => statementsOf(assembly, role)).flatMap((statement) => statement.actions);
  return [
    ...types.filter((type) => type.endsWith("::Authorizer")).map((type) => `${type} stands before a page`),
    ...actions.filter((action: string) => action.startsWith("cognito-idp:")).map((action) => `approval uses ${action}`),
  ];
};

/** Trap 15: who waits for a person waits for so long and no longer. */
export const waitsEnd: TemplateRule = ({ assembly }) =>
  machines(assembly).flatMap(({ name, properties }) =>
    statesOf(definitionOf(properties))
      .filter(([, state]) => String(state.Resource).endsWith(".waitForTaskToken"))
      .filter(([, state]) => !state.TimeoutSeconds && !state.TimeoutSecondsPath)
      .map(([state]) => `${name}: ${state} waits for ever`),
  );

/** A machine may call every function that its definition names, which exists, and run queries if it does. */
export const machinesMayDoWhatTheyDo: TemplateRule = ({ assembly }) => {
  const iam = createIam(assembly);
  const aliases = assembly.ofType("AWS::Lambda::Alias").map(({ physicalId }) => physicalId);
  return machines(assembly).flatMap(({ name, properties }) => {
    const role = String(properties["RoleArn"]);
    const needs = statesOf(definitionOf(properties)).flatMap(([, state]) => needOf(state));
    return needs.flatMap((need) => {
      const isGone = need.action === "lambda:InvokeFunction" && !aliases.includes(need.resource);
      if (isGone) return [`${name}: ${need.resource} is no alias of a function`];
      return isAllowed(iam, role, need) ? [] : [`${name}: may not ${need.action} on ${need.resource}`];
    });
  });
};

/** Schedules and event rules may start what they aim at. */
export const triggersMayStart: TemplateRule = ({ assembly }) => {
  const iam = createIam(assembly);
  return assembly.ofType("AWS::Scheduler::Schedule").flatMap(({ name, properties }) => {
    const { Arn, RoleArn } = (properties as Properties).Target;
    const action = Arn.includes(":states:") ? "states:StartExecution" : "lambda:InvokeFunction";
    return isAllowed(iam, RoleArn, { action, resource: Arn }) ? [] : [`${name}: may not ${action} on ${Arn}`];
  });
};

/** Lambda takes 4 KB of environment, and calls go to an alias, so that what runs keeps its version. */
export const functionsAreDeployable: TemplateRule = ({ assembly }) =>
  assembly.ofType("AWS::Lambda::Function").flatMap(({ name, properties }) => {
    const variables = Object.entries<string>((properties as Properties).Environment?.Variables ?? {});
    const bytes = variables.reduce((sum, [key, value]) => sum + Buffer.byteLength(`${key}${value}`), 0);
    return bytes > 4096 ? [`${name}: ${bytes} bytes of environment`] : [];
  });

interface Need {
  readonly action: string;
  readonly resource: string;
}

function needOf(state: Properties): Need[] {
  const resource = String(state.Resource ?? "");
  if (resource.includes(":lambda:invoke")) {
    const called = state.Parameters?.FunctionName ?? state.Arguments?.FunctionName;
    return [{ action: "lambda:InvokeFunction", resource: called }];
  }
  return [];
}

function isAllowed(iam: ReturnType<typeof createIam>, role: string, need: Need): boolean {
  try {
    iam.authorizeRole(role, [need]);
    return true;
  } catch {
    return false;
  }
}

function machines(assembly: Synthesis["assembly"]): readonly Resource[] {
  return assembly.ofType("AWS::StepFunctions::StateMachine");
}

function definitionOf(properties: Properties): Properties {
  const { DefinitionString = "{}", DefinitionSubstitutions = {} } = properties;
  const text = DefinitionString.replaceAll(
    /\$\{(\w+)\}/g,
    (whole: string, key: string) => DefinitionSubstitutions[key] ?? whole,
  );
  return JSON.parse(text);
}

function statesOf(definition: Properties): [string, Properties][] {
  const inner = (state: Properties) => [
    ...(state.Branches ?? []),
    ...[state.Iterator, state.ItemProcessor].filter(Boolean),
  ];
  return Object.entries<Properties>(definition.States ?? {}).flatMap(([name, state]) => [
    [name, state] as [string, Properties],
    ...inner(state).flatMap(statesOf),
  ]);
}
