import type { NoticeKind, NoticeLocale } from '#contract/enforcement.ts';
import type { NoticeFacts } from './facts.ts';
import type { Placeholder, Template } from './template.ts';

/** Values of a case as they stand in a notice. */

/** Line ends and control characters become a space, marks that turn the direction of text go: a value is one plain run. */
export const plain = (value: string): string =>
  value
    .toWellFormed()
    .replace(/[ \p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\p{Bidi_Control}/gu, '')
    .trim();

/** Unicode UAX 9: first strong isolate, and its end. Keeps Latin names whole within text that runs from right to left. */
const isolated = (value: string): string => `\u2068${value}\u2069`;

export const setIn = (dir: Template['dir'], value: string): string => {
  const text = plain(value);
  return dir === 'rtl' && text ? isolated(text) : text;
};

const dayOf = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const momentOf = { ...dayOf, hour: 'numeric', minute: '2-digit', timeZoneName: 'short' } as const;

/** `day` for what is told, `moment` for what must be met. */
export const datesIn = (locale: NoticeLocale, timeZone: string) => {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const { format } = new Intl.DateTimeFormat(locale, { ...options, timeZone });
    return (at: number | undefined) => (at === undefined || Number.isNaN(at) ? undefined : format(at));
  };
  return { day: format(dayOf), moment: format(momentOf) };
};

/** Two people decide about a removal: with one name less there is no notice of it. */
const fewestReviewers: Partial<Record<NoticeKind, number>> = { 'removal-planned': 2, removed: 2 };

/** More would make a notice long; the app lists them all. */
const mostPhones = 1;

const phonesOf = (phones: readonly string[]): string | undefined => {
  const more = phones.length - mostPhones;
  return phones.length > 0
    ? `${phones.slice(0, mostPhones).join(', ')}${more > 0 ? ` +${more}` : ''}`
    : undefined;
};

const namesOf = (
  { kind, reviewers }: NoticeFacts,
  template: Template,
  list: Intl.ListFormat,
): string | undefined =>
  reviewers.length >= (fewestReviewers[kind] ?? 1)
    ? list.format(reviewers.map((name) => name.replace(/^Reviewer(?= )/, template.reviewer)))
    : undefined;

/** Sums by currency, in the order in which they come. */
const sumsOf = (owed: NoticeFacts['owed'] = [], locale: NoticeLocale): string[] => {
  const sums = new Map<string, number>();
  for (const { amount, currency } of owed) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].map(([currency, amount]) => {
    const money = new Intl.NumberFormat(locale, { style: 'currency', currency });
    return money.format(amount / 10 ** (money.resolvedOptions().maximumFractionDigits ?? 2));
  });
};

/** What is known; a placeholder without a value here is unresolved. */
export const valuesOf = (
  facts: NoticeFacts,
  template: Template,
  locale: NoticeLocale,
): Partial<Record<Placeholder, string>> => {
  const { seen } = facts;
  const { day, moment } = datesIn(locale, facts.timeZone);
  const { format: count } = new Intl.NumberFormat(locale);
  const days = new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' });
  const list = new Intl.ListFormat(locale);
  const counted = (value: number | undefined) => (value === undefined ? undefined : count(value));
  const reason = facts.reasonCode && template.reasons[facts.reasonCode];
  const sums = sumsOf(facts.owed, locale);
  const values: Record<Placeholder, string | undefined> = {
    rule: reason?.rule,
    ifRepeated: reason?.ifRepeated,
    notCounted: reason?.notCounted ?? template.neverCounted,
    seenFrom: day(seen?.from),
    seenTo: day(seen?.to),
    events: counted(seen?.events),
    days: counted(seen?.days),
    phones: phonesOf(seen?.phones ?? []),
    reviewers: namesOf(facts, template, list),
    priorWarningAt: day(facts.priorWarningAt),
    effectiveAt: moment(facts.effectiveAt),
    appealUntil: moment(facts.appealUntil),
    answerDays: facts.answerDays === undefined ? undefined : days.format(facts.answerDays),
    answerBy: day(facts.answerBy),
    expiresAt: day(facts.expiresAt),
    bookedBlocks: counted(facts.bookedBlocks),
    restoredBlocks: counted(facts.restoredBlocks),
    owed: sums.length > 0 ? list.format(sums) : undefined,
    contact: facts.contact,
  };
  const own = new Set<Placeholder>(['rule', 'ifRepeated', 'notCounted']);
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const text =
        value === undefined ? '' : own.has(name as Placeholder) ? value : setIn(template.dir, value);
      return text ? [[name, text]] : [];
    }),
  );
};
