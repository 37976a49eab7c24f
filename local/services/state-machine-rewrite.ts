import { isJsonObject, type JsonObject } from './aws-json-server.ts';
import { statesOf } from './state-machine-definition.ts';

/**
 * The same machine in words that the engine carries out as AWS does. Each rewrite names the engine's deviation;
 * the deployed definition itself stays as it is.
 */
export function rewriteForEngine(definition: JsonObject): JsonObject {
  const machine = structuredClone(definition);
  for (const { name, state } of statesOf(machine)) {
    dropIdentityResultPath(state);
    inlineStateName(state, name);
    if (state.Type === 'Task') rewriteTask(state);
    if (state.Type === 'Choice') state.Choices = (state.Choices as JsonObject[]).map(rewriteChoice);
  }
  return machine;
}

/** What a handler receives for a task state with Parameters. */
export interface WrappedInput {
  readonly input: unknown;
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds?: number;
}

/** AWS's default, a little over three years; the engine's would be 60 seconds. */
const defaultTimeoutSeconds = 99_999_999;

/**
 * The engine reads TimeoutSecondsPath from the payload that Parameters produced and knows no heartbeat.
 * So the payload carries both, evaluated against the state's input as ASL has it.
 */
function rewriteTask(state: JsonObject): void {
  const { Parameters: parameters, TimeoutSecondsPath: path, HeartbeatSeconds, HeartbeatSecondsPath } = state;
  if (parameters === undefined) {
    if (path === undefined) state.TimeoutSeconds ??= defaultTimeoutSeconds;
  } else {
    state.Parameters = {
      input: parameters,
      ...(path === undefined
        ? { timeoutSeconds: state.TimeoutSeconds ?? defaultTimeoutSeconds }
        : { 'timeoutSeconds.$': path }),
      ...(HeartbeatSeconds === undefined ? {} : { heartbeatSeconds: HeartbeatSeconds }),
      ...(HeartbeatSecondsPath === undefined ? {} : { 'heartbeatSeconds.$': HeartbeatSecondsPath }),
    };
    state.TimeoutSecondsPath = '$.timeoutSeconds';
    delete state.TimeoutSeconds;
  }
  // A missed heartbeat is a timeout too, under a name of its own.
  for (const rule of [state.Retry, state.Catch].flatMap((rules) => (Array.isArray(rules) ? rules : []))) {
    if (rule.ErrorEquals.includes('States.Timeout')) rule.ErrorEquals.push('States.HeartbeatTimeout');
  }
}

/** The engine takes an explicit "$" for the name of a field. */
function dropIdentityResultPath(state: JsonObject): void {
  const catchers = Array.isArray(state.Catch) ? state.Catch : [];
  for (const holder of [state, ...catchers]) if (holder.ResultPath === '$') delete holder.ResultPath;
}

/** The engine's context does not follow the current state. */
function inlineStateName(value: unknown, name: string): void {
  if (Array.isArray(value)) for (const item of value) inlineStateName(item, name);
  if (!isJsonObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'Branches' || key === 'ItemProcessor' || key === 'Iterator') continue;
    if (key.endsWith('.$') && inner === '$$.State.Name') {
      delete value[key];
      value[key.slice(0, -2)] = name;
    } else {
      inlineStateName(inner, name);
    }
  }
}

/** The engine takes `IsPresent: false` for "never", and compares a text with a number after a conversion. */
function rewriteChoice(rule: JsonObject): JsonObject {
  const { Next: next, ...condition } = rule;
  return { ...rewriteCondition(condition), ...(next === undefined ? {} : { Next: next }) };
}

function rewriteCondition(condition: JsonObject): JsonObject {
  const { And: and, Or: or, Not: not, Variable } = condition;
  if (Array.isArray(and)) return { And: and.map(rewriteCondition) };
  if (Array.isArray(or)) return { Or: or.map(rewriteCondition) };
  if (isJsonObject(not)) return { Not: rewriteCondition(not) };
  const test = Object.keys(condition).find((key) => key !== 'Variable' && key !== 'Comment') ?? '';
  if (test.startsWith('Is') && condition[test] === false) return { Not: { Variable, [test]: true } };
  const type = /^(Numeric|String)(Less|Greater)/.exec(test)?.[1];
  return type === undefined ? condition : { And: [{ Variable, [`Is${type}`]: true }, condition] };
}
