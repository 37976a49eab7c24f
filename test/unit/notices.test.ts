import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EvidenceItem,
  type NoticeKind,
  noticeKind,
  noticeLocale,
  reasonCode,
} from '#contract/enforcement.ts';
import { type NoticeFacts, pseudonymOf } from '#core/enforcement/notices/facts.ts';
import { htmlOf, type Rendering, renderNotice } from '#core/enforcement/notices/render.ts';

const at = Date.UTC(2026, 8, 30, 22, 5);

const anItem = (item: Partial<EvidenceItem> = {}): EvidenceItem => ({
  itemId: 'item-1',
  nature: 'derived',
  source: 'canary-v1',
  sha256: '0'.repeat(64),
  window: { from: '2026-09-21T08:00:00.000Z', to: '2026-09-29T08:00:00.000Z' },
  words: ['Offers that no person can see, asked for or claimed: 4'],
  visibility: 'driver',
  addedAt: '2026-09-30T08:00:00.000Z',
  ...item,
});

/** Everything that any notice can tell, each as long as it plausibly gets. */
const theFacts = (kind: NoticeKind, more: Partial<NoticeFacts> = {}): NoticeFacts => ({
  kind,
  reasonCode: 'automated-claiming',
  at,
  timeZone: 'America/Los_Angeles',
  seen: {
    from: at,
    to: at,
    events: 1_234,
    days: 27,
    phones: ['Android phone of 30 September 2026', 'iPhone of 3 May 2026', 'iPhone of 4 May 2026'],
  },
  reviewers: kind.startsWith('remov') ? ['Reviewer K7Q2', 'Reviewer M3XA'] : ['Reviewer K7Q2'],
  effectiveAt: at,
  appealUntil: at,
  answerDays: 14,
  answerBy: at,
  expiresAt: at,
  priorWarningAt: at,
  bookedBlocks: 12,
  restoredBlocks: 12,
  owed: [{ amount: 123_450, currency: 'USD' }],
  contact: 'support@evenfield.example, +1 206 555 0100',
  evidence: [anItem()],
  ...more,
});

const rendered = (facts: NoticeFacts, wanted?: string): Extract<Rendering, { status: 'rendered' }> => {
  const notice = renderNotice(facts, wanted);
  if (notice.status !== 'rendered') throw new Error(`${facts.kind} lacks ${notice.placeholder}`);
  return notice;
};

const cases = noticeKind.options.flatMap((kind) =>
  reasonCode.options.flatMap((code) => noticeLocale.options.map((locale) => ({ kind, code, locale }))),
);

/** What a decision of each kind always knows, beside where a person is reached. */
const needed: Record<NoticeKind, readonly (keyof NoticeFacts)[]> = {
  'secure-account': [],
  warning: ['reasonCode', 'seen', 'reviewers', 'expiresAt', 'appealUntil', 'answerDays'],
  'removal-planned': [
    'reasonCode',
    'seen',
    'reviewers',
    'priorWarningAt',
    'effectiveAt',
    'appealUntil',
    'answerDays',
  ],
  removed: ['reasonCode', 'seen', 'reviewers', 'priorWarningAt', 'effectiveAt'],
  'appeal-received': ['answerBy'],
  'appeal-upheld': ['reviewers'],
  overturned: ['reviewers'],
  'answer-late': ['answerBy'],
  'removal-cancelled': [],
};

/** The facts with nothing but these. */
const only = (kind: NoticeKind, names: readonly (keyof NoticeFacts)[]): NoticeFacts => {
  const all = theFacts(kind);
  const { timeZone, contact } = all;
  const chosen = Object.fromEntries(names.map((name) => [name, all[name]]));
  return { kind, at, timeZone, contact, reviewers: [], evidence: [], ...chosen };
};

describe('a notice', () => {
  it('says all it has to in at most 120 words, of every kind, on every ground, in every language', () => {
    for (const { kind, code, locale } of cases) {
      const { text, subject, words, ...notice } = rendered(theFacts(kind, { reasonCode: code }), locale);
      const name = `${kind} ${code} ${locale}`;
      expect(words, name).toBeLessThanOrEqual(120);
      expect(words, name).toBeGreaterThan(35);
      expect(`${subject}${text}`, name).not.toMatch(/[{}]|undefined|NaN|Invalid/);
      expect(notice, name).toMatchObject({ locale, dir: locale === 'ar' ? 'rtl' : 'ltr' });
      expect(notice.templateVersion, name).toMatch(new RegExp(`^${locale}-\\d+$`));
      expect(text, name).toContain('support@evenfield.example, +1 206 555 0100');
      expect(text.includes('K7Q2'), name).toBe(needed[kind].includes('reviewers'));
      expect(text, name).toContain('canary-v1');
    }
  });

  it('needs exactly what a decision of its kind knows, and is refused while anything of that is missing', () => {
    for (const kind of noticeKind.options)
      for (const locale of noticeLocale.options) {
        rendered(only(kind, needed[kind]), locale);
        for (const missing of needed[kind]) {
          const lacking = needed[kind].filter((name) => name !== missing);
          expect(renderNotice(only(kind, lacking), locale), `${kind} ${missing}`).toMatchObject({
            status: 'unresolved',
          });
        }
        expect(renderNotice({ ...only(kind, needed[kind]), contact: ' \n' }, locale)).toEqual({
          status: 'unresolved',
          placeholder: 'contact',
        });
      }
  });

  it('of a removal names two people, or is refused', () => {
    for (const kind of ['removal-planned', 'removed'] as const) {
      const refused = renderNotice(theFacts(kind, { reviewers: ['Reviewer K7Q2'] }));
      expect(refused).toEqual({ status: 'unresolved', placeholder: 'reviewers' });
      expect(rendered(theFacts(kind)).text).toContain('Two people, Reviewer K7Q2 and Reviewer M3XA,');
    }
  });

  it('of a removal tells how to appeal, or that the appeal was answered', () => {
    const { appealUntil: _, answerDays: __, ...answered } = theFacts('removed');
    for (const locale of noticeLocale.options) {
      const { answerDays: ___, ...open } = theFacts('removed');
      expect(renderNotice(open, locale)).toEqual({ status: 'unresolved', placeholder: 'answerDays' });
      const ways = [rendered(theFacts('removed'), locale), rendered(answered, locale)].map(({ text }) =>
        text.split('\n\n'),
      );
      expect(ways[0]).toHaveLength(ways[1]?.length ?? 0);
      expect(ways[0]?.filter((paragraph) => !ways[1]?.includes(paragraph))).toHaveLength(1);
    }
    expect(rendered(theFacts('removed')).text).toContain('Appeal once in the app until Sep 30, 2026');
    const { text } = rendered(answered);
    expect(text).toContain('Your appeal was answered: the decision stands.');
    expect(text).not.toMatch(/Appeal once|answers within/);
  });

  it('of an overturning is as true of who has left, and speaks of photos only after a removal', () => {
    const { effectiveAt: _, ...kept } = theFacts('overturned');
    for (const locale of noticeLocale.options) {
      const [removed, worked] = [theFacts('overturned'), kept].map(
        (facts) => rendered(facts, locale).text.split('\n\n').length,
      );
      expect(removed, locale).toBe((worked ?? 0) + 1);
    }
    const { text } = rendered(kept);
    expect(text).toContain('While your account is open, access is as before');
    expect(text).toContain('If you left, that stays so. You need not do anything.');
    expect(text).not.toMatch(/photo/i);
    expect(rendered(theFacts('overturned')).text).toContain(
      'Photos that were erased when your account ended can be given again if you wish.',
    );
  });

  it('promises that a person reads something only where an appeal is heard', () => {
    const heard: readonly NoticeKind[] = ['warning', 'removal-planned', 'removed', 'appeal-received'];
    for (const kind of noticeKind.options) {
      const { text } = rendered(theFacts(kind));
      expect(/answers (within|by) /.test(text), kind).toBe(heard.includes(kind));
      expect(text, kind).not.toMatch(/a person reads it|no deadline/);
    }
  });

  it('tells a driver in plain words what happened and what to do about it', () => {
    expect(rendered(theFacts('warning')).text).toMatchInlineSnapshot(`
      "Hello,

      Rule: claim by hand. No program or service may claim for you.

      Seen from Sep 30, 2026 to Sep 30, 2026: records below. Your account’s phones: Android phone of 30 September 2026 +2. Events: 1,234. Days: 27.

      Software found this. A person, Reviewer K7Q2, checked it and gave this warning.

      Work, booked blocks and pay stay as they are. The warning expires on Sep 30, 2026. Repeating it before then can end your account.

      Not counted: country, night hours, selfie checks, missed puzzles, missing app data.

      Appeal once in the app until Sep 30, 2026, 3:05 PM PDT. Somebody who had no part in this answers within 14 days. Contact: support@evenfield.example, +1 206 555 0100.

      What this rests on:
      - Sep 21, 2026 – Sep 29, 2026: Offers that no person can see, asked for or claimed: 4 (rule on offers that no person can see, canary-v1; worked out from records)
      "
    `);
  });

  it('writes days and deadlines in the driver’s language and the time zone of the station', () => {
    const facts = theFacts('removal-planned', {
      effectiveAt: Date.UTC(2026, 11, 1, 3),
      timeZone: 'Europe/Madrid',
    });
    expect(rendered(facts, 'es').text).toContain('su cuenta termina el 1 dic 2026, 4:00 CET');
    expect(rendered({ ...facts, timeZone: 'America/New_York' }).text).toContain('Nov 30, 2026, 10:00');
    const owed = [
      { amount: 1_250, currency: 'JPY' },
      { amount: 1_999, currency: 'USD' },
      { amount: 1, currency: 'USD' },
    ];
    expect(rendered(theFacts('overturned', { owed })).text).toContain('We owe you: ¥1,250 and $20.00.');
  });

  it.each([
    ['pt-BR', 'pt'],
    ['AR_eg', 'ar'],
    ['fr', 'fr'],
    ['tlh', 'en'],
    ['constructor', 'en'],
    ['', 'en'],
    [undefined, 'en'],
  ])('for who wants %s is in %s', (wanted, locale) => {
    expect(rendered(theFacts('warning'), wanted).locale).toBe(locale);
  });
});

describe('what a notice cites', () => {
  it('is what the driver may see, with its days and where it comes from, and never anything else', () => {
    const evidence = [
      anItem(),
      anItem({ visibility: 'staff', source: 'hoarding-v9', words: ['for staff alone'] }),
      anItem({ source: 'model-1a2b3c4d', nature: 'raw', words: ['one', 'two'] }),
    ];
    const { text, words } = rendered(theFacts('warning', { evidence }));
    expect(text.split('What this rests on:\n')[1]).toBe(
      [
        '- Sep 21, 2026 – Sep 29, 2026: Offers that no person can see, asked for or claimed: 4 (rule on offers that no person can see, canary-v1; worked out from records)',
        '- Sep 21, 2026 – Sep 29, 2026: one; two (our detection model, model-1a2b3c4d; as recorded)',
        '',
      ].join('\n'),
    );
    expect(words).toBe(rendered(theFacts('warning', { evidence: [] })).words);
    for (const { kind, locale } of cases) {
      const notice = rendered(theFacts(kind, { evidence }), locale);
      expect(`${notice.text}${htmlOf(notice)}`).not.toMatch(/staff|hoarding-v9/);
    }
  });
});

describe('a value', () => {
  const hostile = '{contact}<script>alert(1)</script>\u202Eevil\r\n\r\nBcc: a\u2028b\u2029c\u0000 "&\'{rule}';
  const shown = '{contact}<script>alert(1)</script>evil Bcc: a b c "&\'{rule}';

  it('is text in a text, whatever it says: no template, no markup, no line of its own', () => {
    const facts = theFacts('warning', {
      contact: hostile,
      reviewers: [hostile],
      seen: { from: at, to: at, phones: [hostile] },
      evidence: [anItem({ words: [hostile], source: hostile })],
    });
    const plainer = theFacts('warning', { seen: { from: at, to: at, phones: ['x'] } });
    for (const locale of noticeLocale.options) {
      const notice = rendered(facts, locale);
      const tame = rendered(plainer, locale);
      expect(notice.text.split(shown), locale).toHaveLength(6);
      expect(notice.text.split('\n').length, locale).toBe(tame.text.split('\n').length);
      const html = htmlOf(notice);
      expect(html).not.toMatch(/<script|[\u202E\u2028\u2029]/);
      expect(html.match(/<p /g)).toHaveLength(htmlOf(tame).match(/<p /g)?.length ?? 0);
      expect(html).toContain(
        '{contact}&lt;script&gt;alert(1)&lt;/script&gt;evil Bcc: a b c &quot;&amp;&#39;{rule}',
      );
    }
  });

  it('never ends a line, turns the text or makes a tag', () => {
    const anything = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(anything, fc.constantFrom(...noticeLocale.options), (value, locale) => {
        const facts = only('removal-cancelled', []);
        const notice = renderNotice(
          { ...facts, contact: `x${value}`, evidence: [anItem({ words: [value] })] },
          locale,
        );
        const tame = rendered({ ...facts, contact: 'x', evidence: [anItem({ words: ['x'] })] }, locale);
        if (notice.status !== 'rendered') throw new Error('it has all it needs');
        const linesOf = (text: string) => text.split(/[\n\v\f\r\u0085\u2028\u2029]/).length;
        const marks = /[^\P{Bidi_Control}\u2068\u2069]/u;
        const tags = /<\/?[a-z!][^>]*>/g;
        expect(linesOf(notice.text)).toBe(linesOf(tame.text));
        expect(notice.text).not.toMatch(marks);
        expect(notice.text.split('\u2068').length).toBe(notice.text.split('\u2069').length);
        expect(htmlOf(notice).match(tags)).toEqual(htmlOf(tame).match(tags));
      }),
      { numRuns: 100 },
    );
  });
});

describe('as HTML', () => {
  it('a notice says its language and runs in its direction', () => {
    expect(htmlOf(rendered(theFacts('warning'), 'ar-EG'))).toMatch(
      /^<!doctype html>\n<html lang="ar" dir="rtl">/,
    );
    const { locale, dir } = rendered(theFacts('warning'), 'de');
    expect(htmlOf({ locale, dir, subject: 'A & B', text: 'One.\n\nTwo:\n- <three>\n' })).toBe(
      [
        '<!doctype html>',
        '<html lang="de" dir="ltr">',
        '<head><meta charset="utf-8"><title>A &amp; B</title></head>',
        '<body>',
        '<p dir="ltr">One.</p>',
        '<p dir="ltr">Two:</p>',
        '<p dir="ltr">- &lt;three&gt;</p>',
        '</body>',
        '</html>',
        '',
      ].join('\n'),
    );
  });
});

describe('a pseudonym', () => {
  it('is the same within a case and another one in the next', () => {
    const name = pseudonymOf('an-analyst', 'a-case');
    expect(name).toMatch(/^Reviewer [A-Z2-7]{4}$/);
    expect(pseudonymOf('an-analyst', 'a-case')).toBe(name);
    expect(pseudonymOf('an-analyst', 'another-case')).not.toBe(name);
    expect(pseudonymOf('an-approver', 'a-case')).not.toBe(name);
    expect(pseudonymOf('an-analyst-', 'case')).not.toBe(pseudonymOf('an-analyst', '-case'));
  });
});
