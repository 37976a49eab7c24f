import { type EvidenceItem, type NoticeLocale, noticeLocale } from '#contract/enforcement.ts';
import type { RenderedNotice } from '../case.ts';
import type { NoticeFacts } from './facts.ts';
import type { Paragraph, Placeholder, SourceName, Template } from './template.ts';
import { ar } from './templates/ar.ts';
import { de } from './templates/de.ts';
import { en } from './templates/en.ts';
import { es } from './templates/es.ts';
import { fr } from './templates/fr.ts';
import { pt } from './templates/pt.ts';
import { datesIn, setIn, valuesOf } from './values.ts';

export const templates: Readonly<Record<NoticeLocale, Template>> = { en, es, fr, de, pt, ar };

/** `words`: of the text without its list of evidence. */
export type Rendering =
  | (RenderedNotice & { status: 'rendered'; words: number })
  /** It may not be sent: the text would lack this. */
  | { status: 'unresolved'; placeholder: string };

/** By the language alone: `pt-BR` is `pt`. Of a language that there is no template in: English. */
export const localeFor = (wanted = ''): NoticeLocale => {
  const [language] = wanted.toLowerCase().split(/[-_]/);
  return noticeLocale.options.find((locale) => locale === language) ?? 'en';
};

type Values = Partial<Record<Placeholder, string>>;
const placeholder = /\{(\w+)\}/g;
const valueFor = (values: Values, name: string) => values[name as Placeholder];

const said = (paragraph: Paragraph, values: Values): string =>
  paragraph
    .flatMap((sentence) => {
      if (typeof sentence === 'string') return [sentence];
      const { when, say, otherwise = '' } = sentence;
      return [values[when] === undefined ? otherwise : say].filter((text) => text !== '');
    })
    .join(' ');

/** One pass: what a value says is never taken for a placeholder. */
const filled = (text: string, values: Values): string =>
  text.replace(placeholder, (whole, name: string) => valueFor(values, name) ?? whole);

const lacking = (text: string, values: Values): string | undefined =>
  [...text.matchAll(placeholder)]
    .map(([, name = '']) => name)
    .find((name) => valueFor(values, name) === undefined);

const ruleNames: readonly SourceName[] = ['canary', 'credential-sharing', 'hoarding', 'position-spoofing'];

const sourceOf = (source: string): SourceName => {
  if (source.startsWith('model-')) return 'model';
  if (source === 'devices') return 'devices';
  return ruleNames.find((rule) => source.startsWith(`${rule}-v`)) ?? 'other';
};

/** The exact name of the source stands beside its words, so that the record can be asked for. */
const evidenceLines = (
  { evidence, timeZone }: NoticeFacts,
  template: Template,
  locale: NoticeLocale,
): string[] => {
  const { dir, evidence: words } = template;
  const { day } = datesIn(locale, timeZone);
  const lineOf = (item: EvidenceItem): string => {
    const days = [item.window?.from, item.window?.to].flatMap(
      (at) => day(at ? Date.parse(at) : undefined) ?? [],
    );
    const what = item.words.map((each) => setIn(dir, each)).join('; ');
    const source = `${words.sources[sourceOf(item.source)]}, ${setIn(dir, item.source)}`;
    const when = days.length > 0 ? `${[...new Set(days)].map((each) => setIn(dir, each)).join(' – ')}: ` : '';
    return `- ${when}${what} (${source}; ${words.natures[item.nature]})`;
  };
  return evidence.filter(({ visibility }) => visibility === 'driver').map(lineOf);
};

/** A notice in the driver’s language, or what it lacks. */
export const renderNotice = (facts: NoticeFacts, wanted?: string): Rendering => {
  const locale = localeFor(wanted);
  const template = templates[locale];
  const { subject, paragraphs } = template.notices[facts.kind];
  const values = valuesOf(facts, template, locale);
  const body = paragraphs.map((paragraph) => said(paragraph, values)).filter((text) => text !== '');
  const missing = lacking([subject, ...body].join('\n'), values);
  if (missing !== undefined) return { status: 'unresolved', placeholder: missing };
  const letter = body.map((text) => filled(text, values)).join('\n\n');
  const lines = evidenceLines(facts, template, locale);
  const list = lines.length > 0 ? `\n\n${[template.evidence.heading, ...lines].join('\n')}` : '';
  return {
    status: 'rendered',
    locale,
    dir: template.dir,
    templateVersion: template.version,
    subject: filled(subject, values),
    text: `${letter}${list}\n`,
    words: letter.split(/\s+/).length,
  };
};

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** The same words for mail that shows HTML: nothing but paragraphs, in the direction of their language. */
export const htmlOf = ({
  locale,
  dir,
  subject,
  text,
}: Pick<RenderedNotice, 'locale' | 'dir' | 'subject' | 'text'>): string => {
  const paragraphs = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `<p dir="${dir}">${escaped(line)}</p>`);
  return [
    '<!doctype html>',
    `<html lang="${locale}" dir="${dir}">`,
    `<head><meta charset="utf-8"><title>${escaped(subject)}</title></head>`,
    '<body>',
    ...paragraphs,
    '</body>',
    '</html>',
    '',
  ].join('\n');
};
