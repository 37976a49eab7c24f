import type { Template } from '../template.ts';

const contact = 'Contact: {contact}.';
const notCounted = 'Not counted: {notCounted}.';
const phones = { when: 'phones', say: 'Your account’s phones: {phones}.' } as const;
const seen = ['Seen from {seenFrom} to {seenTo}: records below.', phones] as const;
const counts = [
  { when: 'events', say: 'Events: {events}.' },
  { when: 'days', say: 'Days: {days}.' },
] as const;

export const en: Template = {
  version: 'en-2',
  dir: 'ltr',
  reviewer: 'Reviewer',
  reasons: {
    'automated-claiming': {
      rule: 'claim by hand. No program or service may claim for you',
      ifRepeated: 'Repeating it before then can end your account.',
      notCounted: 'country, night hours, selfie checks, missed puzzles, missing app data',
    },
    'shared-credentials': {
      rule: 'only you may use your account. Give your password to nobody',
      ifRepeated: 'Repeating it before then can end your account.',
      notCounted: 'country, night hours, selfie checks, missed puzzles, missing app data',
    },
    'block-hoarding': {
      rule: 'claim blocks that you mean to work, not to give them back',
      ifRepeated: 'Repeating it brings another warning.',
      notCounted: 'country, night hours, selfie checks, missing app data',
    },
    'false-position': {
      rule: 'where we ask for your position, tell the true one',
      ifRepeated: 'Repeating it before then can end your account.',
      notCounted: 'country, night hours, selfie checks, missing positions',
    },
  },
  neverCounted: 'country, night hours, selfie checks, missing app data',
  notices: {
    'secure-account': {
      subject: 'Somebody else may be using your account',
      paragraphs: [
        ['Hello,'],
        [
          'It looks as if somebody else used your account.',
          { when: 'seenFrom', say: 'Seen: {seenFrom} to {seenTo}.' },
          ...counts,
          phones,
        ],
        ['No warning follows. Software ended all sessions to protect you; no person decided against you.'],
        [
          'Who had your password could read your whole data export: blocks with pay, phones, notices and warnings, how selfie checks ended, receipts; no bank password, no photos.',
        ],
        [
          'Change your password soon, sign in again and keep only the phone in your hand in the app. Booked blocks and pay stay yours.',
        ],
        [notCounted],
        ['Answer in the app.', contact],
      ],
    },
    warning: {
      subject: 'A warning about your account',
      paragraphs: [
        ['Hello,'],
        ['Rule: {rule}.'],
        [...seen, ...counts],
        ['Software found this. A person, {reviewers}, checked it and gave this warning.'],
        ['Work, booked blocks and pay stay as they are. The warning expires on {expiresAt}. {ifRepeated}'],
        [notCounted],
        [
          'Appeal once in the app until {appealUntil}. Somebody who had no part in this answers within {answerDays}.',
          contact,
        ],
      ],
    },
    'removal-planned': {
      subject: 'Your account is planned to end',
      paragraphs: [
        ['Hello,'],
        ['Rule: {rule}.'],
        ['We warned you on {priorWarningAt}.', ...seen, ...counts],
        ['Software found this. Two people, {reviewers}, decided: your account ends on {effectiveAt}.'],
        [
          'Until then work, booked blocks and pay go on.',
          { when: 'bookedBlocks', say: 'Booked: {bookedBlocks}.' },
        ],
        [notCounted],
        [
          'Appeal once in the app until {appealUntil}; the removal then waits. Somebody who had no part answers within {answerDays}.',
          contact,
        ],
      ],
    },
    removed: {
      subject: 'Your account has ended',
      paragraphs: [
        ['Hello,'],
        ['Rule: {rule}.'],
        ['We warned you on {priorWarningAt}.', ...seen, ...counts],
        ['Software found this. Two people, {reviewers}, decided: your account ended on {effectiveAt}.'],
        ['Later blocks were given back. Finished blocks are paid.'],
        [notCounted],
        [
          {
            when: 'appealUntil',
            say: 'Appeal once in the app until {appealUntil}. Somebody who had no part answers within {answerDays} and can reverse it.',
            otherwise: 'Your appeal was answered: the decision stands. Your rights under the law remain.',
          },
          contact,
        ],
      ],
    },
    'appeal-received': {
      subject: 'We have your appeal',
      paragraphs: [
        ['Hello,'],
        ['We have your appeal.', { when: 'rule', say: 'It is about this rule: {rule}.' }],
        [
          'A person who had no part in the decision reads it with all records and answers by {answerBy}. Software does not decide.',
        ],
        [
          'Until then nothing more is taken from you. If you work, work, booked blocks and pay go on, and a removal waits. If your account has ended, it stays so until the answer; finished blocks are paid.',
        ],
        [notCounted],
        ['What you add in the app is read with it.', contact],
      ],
    },
    'appeal-upheld': {
      subject: 'The answer to your appeal',
      paragraphs: [
        ['Hello,'],
        [
          'A person who had no part in the decision, {reviewers}, read your appeal and all records. The decision stands. Software had no part in this answer.',
        ],
        [{ when: 'rule', say: 'Rule: {rule}.' }],
        [
          'A warning expires as we told you. A planned removal goes on, at the earliest tomorrow; until then work, booked blocks and pay go on. Finished blocks are always paid.',
        ],
        [notCounted],
        ['There is no second appeal here. Your rights under the law remain.', contact],
      ],
    },
    overturned: {
      subject: 'We were wrong: the decision is withdrawn',
      paragraphs: [
        ['Hello,'],
        [
          'We were wrong, and we are sorry. A person, {reviewers}, withdrew this decision or the warning that it rested on.',
        ],
        [{ when: 'rule', say: 'Rule that it cited: {rule}.' }],
        [
          'It counts for nothing; any warning from it is gone. While your account is open, access is as before, and blocks we took back are yours again where still free. Pay for all others is owed to you and shown in the app.',
          { when: 'restoredBlocks', say: 'Blocks restored: {restoredBlocks}.' },
          { when: 'owed', say: 'We owe you: {owed}.' },
        ],
        [
          {
            when: 'effectiveAt',
            say: 'Photos that were erased when your account ended can be given again if you wish.',
          },
        ],
        ['If you left, that stays so. You need not do anything.', contact],
      ],
    },
    'answer-late': {
      subject: 'Our answer to your appeal is late',
      paragraphs: [
        ['Hello,'],
        [
          'We promised to answer your appeal by {answerBy}. We missed that date, and we are sorry. It will be answered by a person who had no part in the decision; software only sends this message.',
        ],
        [
          'Meanwhile nothing is taken away from who still works: work, booked blocks and pay go on, and a removal waits. If your account has ended, it stays so until the answer.',
        ],
        ['You need not do anything.', contact],
      ],
    },
    'removal-cancelled': {
      subject: 'Your account does not end',
      paragraphs: [
        ['Hello,'],
        [
          'The removal that we announced will not happen: the warning that it rested on was withdrawn or has expired, or somebody else had used your account. The case is closed, and nothing is planned any more.',
        ],
        ['Work, booked blocks and pay go on as usual, without the extra checks of this case.'],
        ['You need not do anything.', contact],
      ],
    },
  },
  evidence: {
    heading: 'What this rests on:',
    sources: {
      model: 'our detection model',
      canary: 'rule on offers that no person can see',
      'credential-sharing': 'rule on shared accounts',
      hoarding: 'rule on blocks given back',
      'position-spoofing': 'rule on positions',
      devices: 'records of your phones',
      other: 'other records',
    },
    natures: { raw: 'as recorded', derived: 'worked out from records' },
  },
};
