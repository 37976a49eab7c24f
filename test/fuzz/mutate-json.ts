import type { Chance } from '#test/faults/chance.ts';
import { respell } from './mutate-text.ts';
import type { MutateAny } from './mutate-tree.ts';

/** JSON with what JavaScript's values cannot hold: members twice, numbers and strings in any spelling. */
type Json =
  | { kind: 'object'; members: [string, Json][] }
  | { kind: 'array'; items: Json[] }
  | { kind: 'leaf'; text: string };

const fromValue = (value: unknown): Json => {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(fromValue) };
  if (typeof value === 'object' && value !== null)
    return {
      kind: 'object',
      members: Object.entries(value).map(([name, member]) => [JSON.stringify(name), fromValue(member)]),
    };
  return { kind: 'leaf', text: JSON.stringify(value) };
};

const toText = (json: Json): string => {
  if (json.kind === 'leaf') return json.text;
  if (json.kind === 'array') return `[${json.items.map(toText).join(',')}]`;
  return `{${json.members.map(([name, member]) => `${name}:${toText(member)}`).join(',')}}`;
};

/** Of other types, of other spellings, beyond what numbers hold. */
const leaves = [
  ...['null', 'true', 'false', '0', '-0', '1', '-1', '1.0', '1e0', '1e400', '-1e400', '0.1', '1e-400'],
  ...['9007199254740991', '9007199254740993', '4294967296', '2147483648', '""', '"\\u0000"', '"\\ud800"'],
  ...[
    '[]',
    '{}',
    '[[]]',
    '[null]',
    '"null"',
    '"__proto__"',
    '"constructor"',
    '"\\u202e"',
    '"\\ufeff"',
    '"0"',
  ],
  ...['NaN', 'Infinity', 'undefined', "'a'", '01', '+1', '.5', '"\t"', '{"toString":1}', '{"length":1}'],
];
const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'v', 'then', '\\u0000'];

const isLeafText = (json: Json): json is Extract<Json, { kind: 'leaf' }> => json.kind === 'leaf';

const escaped = (text: string): string =>
  `"${[...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;

const decoded = (text: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
};

/** A string may be base64 of a structure, or a token of parts. */
const mutateString = (text: string, chance: Chance, donor: Buffer, any: MutateAny): string => {
  const isBase64 = text.length > 8 && /^[\w+/-]+={0,2}$/.test(text);
  const bytes = isBase64 ? Buffer.from(text, 'base64') : Buffer.from(text);
  const choice = chance.below(6);
  if (choice === 0) return respell(text, chance);
  if (choice === 1) return chance.pick([`${text} `, `${text}\0`, text.toUpperCase(), '', text.repeat(3)]);
  const changed = any(bytes, chance, donor);
  return isBase64 ? changed.toString(chance.pick(['base64', 'base64url'])) : changed.toString();
};

const mutateLeaf = (json: Json, chance: Chance, donor: Buffer, any: MutateAny): Json => {
  const text = isLeafText(json) ? decoded(json.text) : undefined;
  if (text === undefined || chance.happens(0.3)) return { kind: 'leaf', text: chance.pick(leaves) };
  if (chance.happens(0.15)) return { kind: 'leaf', text: escaped(text) };
  return { kind: 'leaf', text: JSON.stringify(mutateString(text, chance, donor, any)) };
};

const nest = (json: Json, chance: Chance): Json => {
  const depth = chance.pick([1, 2, 50, 3_000]);
  return { kind: 'leaf', text: `${'['.repeat(depth)}${toText(json)}${']'.repeat(depth)}` };
};

const mutateMembers = (members: [string, Json][], chance: Chance): [string, Json][] => {
  if (members.length === 0) return [[`"${chance.pick(names)}"`, { kind: 'leaf', text: '1' }]];
  const at = chance.below(members.length);
  const [name, value] = members[at] as [string, Json];
  const other = (members[chance.below(members.length)] as [string, Json])[1];
  const wrong: Json = { kind: 'leaf', text: chance.pick(leaves) };
  return chance.pick<() => [string, Json][]>([
    () => members.toSpliced(at, 1),
    () => [...members, [name, wrong]],
    () => [[name, wrong], ...members],
    () => [...members, [name, value]],
    () => members.with(at, [name, other]),
    () => members.with(at, [escaped(decoded(name) ?? ''), value]),
    () => members.with(at, [name.toUpperCase(), value]),
    () => [...members, [`"${chance.pick(names)}"`, wrong]],
    () => members.with(at, [`"${chance.pick(names)}"`, value]),
    () => members.toReversed(),
    () => members.with(at, [name, nest(value, chance)]),
    () => [
      ...members,
      ...Array.from({ length: 300 }, (_, index): [string, Json] => [`"n${index}"`, value]).slice(
        0,
        Math.floor(30_000 / (toText(value).length + 8)),
      ),
    ],
  ])();
};

const mutateValue = (json: Json, chance: Chance, donor: Buffer, any: MutateAny): Json => {
  if (chance.happens(0.04)) return nest(json, chance);
  if (json.kind === 'leaf') return mutateLeaf(json, chance, donor, any);
  if (json.kind === 'array') {
    if (json.items.length === 0 || chance.happens(0.2)) return mutateLeaf(json, chance, donor, any);
    const at = chance.below(json.items.length);
    const item = json.items[at] as Json;
    return chance.pick<() => Json>([
      () => ({ kind: 'array', items: json.items.toSpliced(at, 1) }),
      () => ({ kind: 'array', items: json.items.toSpliced(at, 0, item) }),
      () => ({ kind: 'array', items: json.items.toReversed() }),
      () => ({ kind: 'array', items: json.items.with(at, mutateValue(item, chance, donor, any)) }),
      () => item,
    ])();
  }
  if (json.members.length === 0 || chance.happens(0.4))
    return { kind: 'object', members: mutateMembers(json.members, chance) };
  const at = chance.below(json.members.length);
  const [name, value] = json.members[at] as [string, Json];
  return {
    kind: 'object',
    members: json.members.with(at, [name, mutateValue(value, chance, donor, any)]),
  };
};

const texts: ((text: string) => string)[] = [
  (text) => ` ${text}\r\n`,
  (text) => `\ufeff${text}`,
  (text) => `${text}${text}`,
  (text) => `${text},`,
  (text) => text.replace(/([}\]])$/, ',$1'),
  (text) => `${text} // comment`,
  (text) => text.replaceAll('"', "'"),
  (text) => text.replaceAll(':', ' : '),
];

/** Changes one place of a JSON text; nothing for a text that is none, or that is nested too deep for recursion here. */
export const mutateJson = (
  bytes: Buffer,
  chance: Chance,
  donor: Buffer,
  any: MutateAny,
): Buffer | undefined => {
  try {
    const json = fromValue(JSON.parse(bytes.toString()));
    const text = toText(mutateValue(json, chance, donor, any));
    return Buffer.from(chance.happens(0.06) ? chance.pick(texts)(text) : text);
  } catch {
    return undefined;
  }
};
