import { LocalFailure } from '../failure.ts';
import { isJsonObject, type JsonObject } from './aws-json-server.ts';
import type { ResolvedResource } from './types.ts';

/** A state and where it stands. */
export interface PlacedState {
  readonly name: string;
  readonly state: JsonObject;
  /** Inside a Map or Parallel state, which the engine runs as a machine of its own. */
  readonly nested: boolean;
}

/**
 * The definition of AWS::StepFunctions::StateMachine as an object that the engine carries out as AWS would.
 * Its form is checked as far as running it depends on that; the whole schema takes half a second at every
 * start, and is checked where the template is tested.
 */
export function readDefinition({ logicalId, properties }: ResolvedResource): JsonObject {
  const where = `state machine ${logicalId}`;
  if (properties.StateMachineType === 'EXPRESS')
    throw new LocalFailure(`${where}: only STANDARD runs locally`);
  const { DefinitionString: text, Definition: object, DefinitionSubstitutions: substitutions } = properties;
  const source = typeof text === 'string' ? text : JSON.stringify(text ?? object ?? null);
  const definition = parseObject(substitute(source, isJsonObject(substitutions) ? substitutions : {}));
  if (definition === undefined) throw new LocalFailure(`${where}: its definition is not a JSON object`);
  if (JSON.stringify(definition).includes('"QueryLanguage":"JSONata"'))
    throw new LocalFailure(`${where}: JSONata does not run locally, write JSONPath`);
  assertTransitions(definition, where);
  for (const placed of statesOf(definition)) {
    const reason = objections.map((object) => object(placed)).find((found) => found !== undefined);
    if (reason !== undefined) throw new LocalFailure(`${where}, state ${placed.name}: ${reason}`);
  }
  assertUniqueNames(definition, where);
  return definition;
}

/** All states, those inside of Map and Parallel too. */
export function* statesOf(machine: JsonObject, nested = false): Generator<PlacedState> {
  for (const [name, state] of Object.entries(machine.States as Record<string, JsonObject>)) {
    yield { name, state, nested };
    for (const inner of innerMachinesOf(state)) yield* statesOf(inner, true);
  }
}

function innerMachinesOf({
  Branches: branches,
  ItemProcessor: processor,
  Iterator: iterator,
}: JsonObject): JsonObject[] {
  return [...(Array.isArray(branches) ? branches : []), processor, iterator].filter(isJsonObject);
}

function substitute(source: string, substitutions: JsonObject): string {
  return source.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
    if (!Object.hasOwn(substitutions, name)) return whole;
    // The placeholder stands inside a JSON string.
    return JSON.stringify(String(substitutions[name])).slice(1, -1);
  });
}

// --- what the engine would carry out wrongly without a word

type Objection = (placed: PlacedState) => string | undefined;

const objections: readonly Objection[] = [
  ({ state }) => {
    const field = fieldNames(state).find((name) => variableFields.has(name));
    return field && `"${field}" belongs to JSONata or variables, which do not run locally`;
  },
  ({ state }) => {
    const variable = references(state).find((reference) => /(^|[^$\w])\$[A-Za-z_]/.test(reference));
    return variable && `variables do not run locally: ${variable}`;
  },
  ({ state }) => {
    const unknown = contextPaths(state).find((path) => !knownContext.test(path));
    return unknown && `the context object has no ${unknown} locally`;
  },
  ({ state, nested }) => {
    const lost = contextPaths(state).find((path) => /^\$\$\.Execution\.(Input|StartTime)/.test(path));
    return nested && lost
      ? `${lost} is that of the iteration or branch here, pass it in as input`
      : undefined;
  },
  ({ state }) => {
    const item = contextPaths(state).find((path) => path.startsWith('$$.Map.'));
    return item && state.Type !== 'Map' ? `${item} is only there in ItemSelector` : undefined;
  },
  ({ state }) => {
    const named = contextPaths(state).some((path) => path === '$$.Task.Token');
    const waits = String(state.Resource ?? '').endsWith('.waitForTaskToken');
    if (named === waits) return undefined;
    return waits
      ? 'nobody gets $$.Task.Token, so it would wait for ever'
      : '$$.Task.Token needs .waitForTaskToken';
  },
  ({ state }) => {
    const field = Object.keys(state).find((name) => distributedFields.has(name));
    return field && `"${field}" of a distributed map does not run locally`;
  },
  ({ state }) =>
    state.Type === 'Pass' && 'Result' in state && !state.Result
      ? `the Result ${JSON.stringify(state.Result)} is ignored locally, put it in an object`
      : undefined,
  ({ state }) => {
    const glob = valuesOf(state, 'StringMatches').find((pattern) => /[?[\]{}()!@+|]/.test(String(pattern)));
    return glob === undefined ? undefined : `StringMatches takes only * locally: ${glob}`;
  },
];

const variableFields = new Set(['Assign', 'Arguments', 'Output', 'Condition', 'Items']);
const distributedFields = new Set([
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'Label',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
]);
const knownContext =
  /^\$\$\.(Execution\.(Id|Name|RoleArn|StartTime|Input)|StateMachine\.(Id|Name)|State\.(Name|EnteredTime)|Task\.Token|Map\.Item\.(Index|Value))(?=\.|\[|$)/;

function assertUniqueNames(definition: JsonObject, where: string): void {
  const seen = new Set<string>();
  for (const { name } of statesOf(definition)) {
    if (seen.has(name)) throw new LocalFailure(`${where}: two states are called ${name}`);
    seen.add(name);
  }
}

const stateTypes = ['Task', 'Parallel', 'Map', 'Pass', 'Wait', 'Choice', 'Succeed', 'Fail'];

/** Every state is of a known type, and every transition leads to a state of the same machine. */
function assertTransitions(machine: unknown, where: string): void {
  if (!isJsonObject(machine) || !isJsonObject(machine.States))
    throw new LocalFailure(`${where}: no "States"`);
  const { States: states, StartAt: first } = machine;
  const assertTarget = (target: unknown, from: string): void => {
    if (!Object.hasOwn(states, String(target)))
      throw new LocalFailure(`${where}: ${from} leads to no state: ${target}`);
  };
  assertTarget(first, 'StartAt');
  for (const [name, state] of Object.entries(states)) {
    if (!isJsonObject(state) || !stateTypes.includes(String(state.Type)))
      throw new LocalFailure(`${where}, state ${name}: unknown type`);
    const branching = [
      state,
      ...[state.Catch, state.Choices].flatMap((list) => (Array.isArray(list) ? list : [])),
    ];
    const targets = branching.flatMap(({ Next: next, Default: otherwise }) => [next, otherwise]);
    for (const target of targets) if (target !== undefined) assertTarget(target, `state ${name}`);
    if (!['Choice', 'Succeed', 'Fail'].includes(String(state.Type)) && state.End !== true)
      assertTarget(state.Next, `state ${name}`);
    for (const inner of innerMachinesOf(state)) assertTransitions(inner, where);
  }
}

/** Everything below a state except payload templates' own field names and the machines inside of it. */
function fieldNames(state: JsonObject): string[] {
  const catchers = [state.Catch, state.Choices].flatMap((list) => (Array.isArray(list) ? list : []));
  return [state, ...catchers].filter(isJsonObject).flatMap(Object.keys);
}

/** Paths and intrinsic calls of a state. */
function references(state: JsonObject): string[] {
  return [...leavesOf(state)]
    .filter(([key]) => key.endsWith('.$') || key.endsWith('Path') || key === 'Variable')
    .map(([, value]) => String(value ?? ''));
}

function contextPaths(state: JsonObject): string[] {
  return references(state).flatMap((reference) => reference.match(/\$\$[\w.[\]]*/g) ?? []);
}

function valuesOf(state: JsonObject, key: string): unknown[] {
  return [...leavesOf(state)].filter(([name]) => name === key).map(([, value]) => value);
}

const innerMachines = new Set(['Branches', 'ItemProcessor', 'Iterator']);

function* leavesOf(value: unknown, key = ''): Generator<[key: string, value: unknown]> {
  if (Array.isArray(value)) {
    for (const item of value) yield* leavesOf(item, key);
  } else if (isJsonObject(value)) {
    for (const [name, inner] of Object.entries(value))
      if (!innerMachines.has(name)) yield* leavesOf(inner, name);
  } else {
    yield [key, value];
  }
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
