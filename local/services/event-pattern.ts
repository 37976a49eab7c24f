import { BlockList, isIP, isIPv6 } from 'node:net';
import { LocalFailure } from '../failure.ts';

/**
 * Event patterns of EventBridge, which Lambda's FilterCriteria share.
 * A pattern is checked once by `assertPattern`; `matchesPattern` then trusts it.
 */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };
type Leaf = null | boolean | number | string;

/** Refuses in one line that begins with `where`, the name of the rule or mapping. */
export function assertPattern(pattern: unknown, where: string): asserts pattern is JsonObject {
  if (!isObject(pattern)) throw new LocalFailure(`${where}: an event pattern is a JSON object`);
  assertFields(pattern, where, '');
}

/** `event` is plain JSON; a field that is absent from the pattern is not looked at. */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  return isObject(pattern) && isObject(event) && matchesFields(pattern, event);
}

// --- matching

function matchesFields(pattern: JsonObject, event: JsonObject): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    if (field === '$or') return (expected as JsonObject[]).some((choice) => matchesFields(choice, event));
    const actual = event[field];
    return Array.isArray(expected)
      ? matchesLeaf(expected, actual)
      : matchesNested(expected as JsonObject, actual);
  });
}

/** Inside an array of objects one element has to satisfy the whole nested pattern: fields of two elements are never mixed. */
function matchesNested(pattern: JsonObject, actual: Json | undefined): boolean {
  const candidates = flatten(actual).filter(isObject);
  if (candidates.length > 0) return candidates.some((candidate) => matchesFields(pattern, candidate));
  return matchesFields(pattern, {});
}

/** The field matches when any of its values satisfies any of the conditions. */
function matchesLeaf(conditions: Json[], actual: Json | undefined): boolean {
  const values = flatten(actual).filter(isLeaf);
  return conditions.some((condition) => {
    if (isObject(condition) && condition.exists === false) return values.length === 0;
    return values.some((value) => matchesCondition(condition, value));
  });
}

function flatten(actual: Json | undefined): Json[] {
  if (actual === undefined) return [];
  return Array.isArray(actual) ? actual.flatMap(flatten) : [actual];
}

function matchesCondition(condition: Json, value: Leaf): boolean {
  if (!isObject(condition)) return condition === value;
  const [operator, argument] = Object.entries(condition)[0] as [keyof typeof operators, never];
  return operators[operator].matches(argument, value);
}

// --- operators: what the argument may be, and when a value matches

type Operator<Argument> = {
  accepts: (argument: unknown) => boolean;
  matches: (argument: Argument, value: Leaf) => boolean;
};

const operator = <Argument>(definition: Operator<Argument>): Operator<Argument> => definition;

type IgnoringCase = { 'equals-ignore-case': string };

const edge = (side: 'startsWith' | 'endsWith') =>
  operator<string | IgnoringCase>({
    accepts: (argument) => isString(argument) || isIgnoringCase(argument),
    matches: (argument, value) => {
      if (!isString(value)) return false;
      if (isString(argument)) return value[side](argument);
      return value.toLowerCase()[side](argument['equals-ignore-case'].toLowerCase());
    },
  });

const comparisons = {
  '<': (value: number, limit: number) => value < limit,
  '<=': (value: number, limit: number) => value <= limit,
  '=': (value: number, limit: number) => value === limit,
  '>=': (value: number, limit: number) => value >= limit,
  '>': (value: number, limit: number) => value > limit,
} as const;

const textOperators = {
  prefix: edge('startsWith'),
  suffix: edge('endsWith'),
  'equals-ignore-case': operator<string>({
    accepts: isString,
    matches: (argument, value) => isString(value) && value.toLowerCase() === argument.toLowerCase(),
  }),
  wildcard: operator<string>({
    accepts: (argument) => isString(argument) && !/\*\*/.test(argument),
    matches: (argument, value) => isString(value) && wildcardExpression(argument).test(value),
  }),
};

const operators = {
  ...textOperators,
  cidr: operator<string>({
    accepts: isCidr,
    matches: (argument, value) => isString(value) && isIP(value) !== 0 && inBlock(argument, value),
  }),
  exists: operator<boolean>({
    accepts: (argument) => typeof argument === 'boolean',
    // `exists: false` never gets here: it is about a field without values.
    matches: () => true,
  }),
  numeric: operator<(keyof typeof comparisons | number)[]>({
    accepts: isNumericRange,
    matches: (argument, value) =>
      typeof value === 'number' &&
      pairs(argument).every(([comparison, limit]) =>
        comparisons[comparison as keyof typeof comparisons](value, limit as number),
      ),
  }),
  'anything-but': operator<Json>({
    accepts: (argument) => {
      if (!isObject(argument)) return isUniformList(argument);
      const [name = '', nested] = onlyEntry(argument);
      return Object.hasOwn(textOperators, name) && isUniformList(nested) && asList(nested).every(isString);
    },
    matches: (argument, value) => {
      if (!isObject(argument)) return !asList(argument).includes(value);
      const [name, nested] = onlyEntry(argument) as [keyof typeof textOperators, Json];
      return !asList(nested).some((text) => textOperators[name].matches(text as string, value));
    },
  }),
};

/** `*` stands for any run of characters, `\*` and `\\` for themselves. */
function wildcardExpression(wildcard: string): RegExp {
  const source = wildcard.replace(/\\([*\\])|\*|[^*\\]+|\\/gu, (part, escaped?: string) => {
    if (part === '*') return '.*';
    return (escaped ?? part).replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'su');
}

function isCidr(argument: unknown): boolean {
  if (!isString(argument)) return false;
  const [address = '', bits = '', ...rest] = argument.split('/');
  const widest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= widest;
}

function inBlock(cidr: string, address: string): boolean {
  const [network = '', bits] = cidr.split('/');
  const family = (text: string) => (isIPv6(text) ? 'ipv6' : 'ipv4');
  if (family(network) !== family(address)) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family(network));
  return block.check(address, family(address));
}

function isNumericRange(argument: unknown): boolean {
  if (!Array.isArray(argument) || (argument.length !== 2 && argument.length !== 4)) return false;
  const conditions = pairs(argument);
  if (conditions.some(([name, limit]) => !isComparison(name) || !Number.isFinite(limit))) return false;
  const [lower, upper] = conditions;
  // Two conditions are a range: a lower bound, then a higher upper bound.
  if (upper === undefined) return true;
  return (
    /^>/.test(String(lower?.[0])) && /^</.test(String(upper[0])) && Number(lower?.[1]) < Number(upper[1])
  );
}

const isComparison = (name: unknown): boolean => isString(name) && Object.hasOwn(comparisons, name);

function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.flatMap((item, index) => (index % 2 === 0 ? [[item, items[index + 1] as Item]] : []));
}

function isUniformList(argument: unknown): boolean {
  const items = asList(argument);
  return items.length > 0 && (items.every(isString) || items.every((item) => typeof item === 'number'));
}

// --- checking a pattern

function assertFields(pattern: JsonObject, where: string, path: string): void {
  const refuse = (reason: string): never => {
    throw new LocalFailure(`${where}: ${reason}`);
  };
  const entries = Object.entries(pattern);
  if (entries.length === 0) refuse(`empty object at "${path || 'the top'}"`);
  for (const [field, expected] of entries) {
    const here = path === '' ? field : `${path}.${field}`;
    if (field === '$or') {
      if (!Array.isArray(expected) || expected.length < 2 || !expected.every(isObject))
        refuse(`"${here}" takes an array of two or more patterns`);
      for (const choice of expected as JsonObject[]) assertFields(choice, where, path);
    } else if (isObject(expected)) {
      assertFields(expected, where, here);
    } else if (!Array.isArray(expected) || expected.length === 0) {
      refuse(`"${here}" takes a non-empty array of values or a nested pattern`);
    } else {
      const reason = expected.map(objection).find((found) => found !== undefined);
      if (reason !== undefined) refuse(`${reason} at "${here}"`);
    }
  }
}

/** What is wrong with the condition, or nothing. */
function objection(condition: Json): string | undefined {
  if (isLeaf(condition)) return undefined;
  if (!isObject(condition)) return 'an array inside the array of values';
  const [name, argument] = onlyEntry(condition);
  if (name === undefined) return 'a condition takes exactly one operator';
  if (!Object.hasOwn(operators, name)) return `unknown operator "${name}"`;
  if (operators[name as keyof typeof operators].accepts(argument)) return undefined;
  return `operator "${name}" does not take ${JSON.stringify(argument)}`;
}

function onlyEntry(object: object): [string | undefined, Json | undefined] {
  const entries = Object.entries(object);
  return entries.length === 1 ? (entries[0] as [string, Json]) : [undefined, undefined];
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isIgnoringCase(value: unknown): boolean {
  const [name, text] = isObject(value) ? onlyEntry(value) : [];
  return name === 'equals-ignore-case' && isString(text);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
