/** The rule of a composite alarm: ALARM, OK and INSUFFICIENT_DATA of other alarms, AND, OR, NOT, TRUE, FALSE, brackets. */
import { AwsError } from "../aws-wire.ts";
import type { AlarmState } from "./alarm-evaluation.ts";

export interface AlarmRule {
  /** The alarms that it names, by name or ARN, each once. */
  readonly children: readonly string[];
  holds(stateOf: (child: string) => AlarmState): boolean;
}
type Holds = AlarmRule["holds"];

const TOKEN =
  /\s*(?:(AND|OR|NOT|TRUE|FALSE|\(|\))|(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|([^\s()"]+))\s*\))/y;

/** Throws `ValidationError` for a rule that CloudWatch would not take. */
export function compileAlarmRule(text: string): AlarmRule {
  const tokens = tokensOf(text);
  const children = new Set<string>();
  let at = 0;
  const takes = (word: string) => tokens[at]?.word === word && ++at > 0;

  function either(): Holds {
    let left = both();
    while (takes("OR")) {
      const [first, second] = [left, both()];
      left = (stateOf) => first(stateOf) || second(stateOf);
    }
    return left;
  }

  function both(): Holds {
    let left = single();
    while (takes("AND")) {
      const [first, second] = [left, single()];
      left = (stateOf) => first(stateOf) && second(stateOf);
    }
    return left;
  }

  function single(): Holds {
    if (takes("NOT")) {
      const denied = single();
      return (stateOf) => !denied(stateOf);
    }
    if (!takes("(")) return plain();
    const inner = either();
    if (!takes(")")) throw refused(text);
    return inner;
  }

  function plain(): Holds {
    if (takes("TRUE")) return () => true;
    if (takes("FALSE")) return () => false;
    const { word, child } = tokens[at++] ?? {};
    if (child === undefined) throw refused(text);
    children.add(child);
    return (stateOf) => stateOf(child) === word;
  }

  const holds = either();
  if (at < tokens.length) throw refused(text);
  return { children: [...children], holds };
}

interface Token {
  readonly word: string;
  readonly child?: string;
}

function tokensOf(text: string): Token[] {
  const trimmed = text.trim();
  const tokens: Token[] = [];
  const scanner = new RegExp(TOKEN);
  while (scanner.lastIndex < trimmed.length) {
    const [found, word, state, quoted, bare] = scanner.exec(trimmed) ?? [];
    if (found === undefined) throw refused(text);
    const child = quoted ?? bare;
    tokens.push(state !== undefined && child !== undefined ? { word: state, child } : { word: word ?? "" });
  }
  return tokens;
}

function refused(text: string): AwsError {
  return new AwsError("ValidationError", `AlarmRule must be a valid expression: ${text}`);
}
