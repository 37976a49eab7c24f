import * as z from 'zod/mini';
import { type ActivityEvent, activityEvent } from '#contract/activity.ts';
import { isUsualEvent } from './usual-event.ts';

export type Parsed<T> = { readonly value: T } | { readonly wrong: string };

const shown = (value: unknown): string => {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);

/** The first thing that is wrong, in words: which field, and what it holds instead. */
const wrongOf = (value: unknown, issues: readonly z.core.$ZodIssue[]): string => {
  const issue = issues[0] as z.core.$ZodIssue;
  const field = issue.path.join('.');
  const found = valueAt(value, issue.path);
  if (field === '') return `an event is an object, this is ${shown(found)}`;
  if (found === undefined) return `${field} is missing`;
  if (field === 'v') return `version ${shown(found)} of the schema; version 1 is read`;
  if (typeof found === 'number' && !Number.isFinite(found)) return `${field} is ${found}`;
  if (typeof found === 'number' && found < 0) return `${field} is negative: ${found}`;
  return `${field} is ${shown(found)}, which the schema does not allow`;
};

/** Optional texts of an event: what is empty in them is not known. */
const optionalTexts: readonly (keyof ActivityEvent)[] = [
  'deviceId',
  'ip',
  'asn',
  'offerId',
  'outcome',
  'attestation',
  'appVersion',
  'stationId',
  'position',
  'reason',
];

/** Exports write what they do not know as an empty text. */
const withoutBlanks = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const event = value as Readonly<Record<string, unknown>>;
  const blanks = optionalTexts.filter((name) => event[name] === '');
  return blanks.length === 0
    ? value
    : { ...event, ...Object.fromEntries(blanks.map((name) => [name, null])) };
};

/** A value out of a file as an event of the schema, version 1. */
export const toEvent = (value: unknown): Parsed<ActivityEvent> => {
  if (isUsualEvent(value)) return { value };
  const told = withoutBlanks(value);
  if (isUsualEvent(told)) return { value: told };
  const parsed = z.safeParse(activityEvent, told);
  return parsed.success ? { value: parsed.data } : { wrong: wrongOf(told, parsed.error.issues) };
};

const numberWords = /[:[,]\s*-?(NaN|Infinity)\b/;

/** A line of JSON as an event. */
export const parseLine = (line: string): Parsed<ActivityEvent> => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    const word = numberWords.exec(line)?.[1];
    if (word) return { wrong: `${word} is no number in JSON` };
    const isCut = /^\s*\{[^\0]*[^}\s]\s*$/.test(line);
    return { wrong: isCut ? 'not JSON: the line is cut off' : 'not JSON' };
  }
  return toEvent(value);
};
