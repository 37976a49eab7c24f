const en = {
  why: 'Everybody gets this now and then. It says nothing about you.',

  busy: 'One moment',
  sending: 'Sending your answer',

  held: 'Held for you',
  notHeld: 'Not held any more. If the block is still free, you can claim it.',
  moreTime: 'More time',
  hasMoreTime: 'You have more time now.',
  noMoreTime: 'More time is not possible for this block.',
  notReached: 'There was no connection. Press it again.',
  secondsLeft: '{n} seconds left.',

  pictureTitle: 'Watch and choose',
  soundTitle: 'Listen and choose',
  play: 'Play',
  pause: 'Pause',
  fromStart: 'From the start',
  clip: 'A short clip. Other ways to answer are below.',
  stops: 'Stops',
  stop: 'Stop {n} of {of}',
  stopPicked: 'Stop {n} of {of}, your number {at}',
  sounds: 'Sounds',
  soundPicked: '{name}, your number {at}',
  played: 'How much was played',
  pickedOf: '{n} of {of} chosen',
  order: 'Your order',
  undo: 'Undo',
  done: 'Done',
  pickMore: 'Choose {n} more first.',
  full: 'You have chosen all {n}. Undo one to change it.',
  unpicked: 'Taken back. {n} of {of} chosen.',
  picked: '{name} is your number {at}.',

  workTitle: 'A quick check by your phone',
  workText: 'It solves a small sum. There is nothing for you to do.',
  workSlow: 'Still working. This phone needs a little longer.',
  workStop: 'Stop',
  workStopped: 'Stopped. Nothing is lost.',
  workAgain: 'Start again',
  workFailed: 'This phone could not do it. Take another way below, or start again.',

  unlockTitle: 'Unlock your phone',
  unlockText:
    'Use your fingerprint, your face or your screen lock. It stays on your phone: we only learn that it worked.',
  unlock: 'Unlock',
  unlockFailed: 'That did not work. Nothing is lost: try again, or take another way below.',
  unlockMissing: 'This browser cannot ask for it. Open this page in the app, or take another way below.',

  otherWays: 'Other ways',
  picture: 'A picture instead',
  sound: 'Sounds instead',
  person: 'Ask a person',
  firstWay: 'Back to the first way',

  personTitle: 'Ask a person',
  personText: 'Somebody of our team looks, and you solve nothing. It can take a while.',
  personSolve: 'You can keep solving meanwhile: whatever comes first counts.',
  personAsk: 'Ask a person',
  personAsked: 'A person will look',
  personWait: 'This page goes on by itself as soon as somebody had time.',
  keepSolving: 'Keep solving',

  triesLeft: 'Tries left: {n}.',
  right: 'That is right.',
  oneMore: 'One more, please.',
  passedTitle: 'Thank you, that is it',
  passedText: 'You can go on with your claim.',
  claim: 'Claim now',
  claimedTitle: 'The block is yours',
  claimedText: 'You find it in your schedule.',

  lostTitle: 'No answer',
  lostText: 'Your answer is kept. Sending it again does no harm.',
  lostLoad: 'Check your connection and try again.',
  again: 'Try again',
  back: 'Back to the app',
  openFromApp: 'Open this page from the app',
  openFromAppText:
    'It was opened without a challenge. Claim a block in the app: if a check is needed, the app shows it.',
  failedTitle: 'That was the last try',
  failedText:
    'This is no strike, and nothing is held against you. A person can still help, or claim again later.',
} as const;

/** What to do next, where the API speaks to programs. */
const nextByCode: Readonly<Record<string, string>> = {
  'challenge-failed': 'Here is another one. Other ways are below.',
  'task-replaced': 'Here is the newer one.',
  'sign-in-required': 'Open this page from the app again.',
  'proof-invalid': 'Open this page from the app again. If it stays, support can help you.',
  'device-not-eligible': 'Look at your phones in the app.',
  'clearance-invalid': 'Go back to the app and claim again.',
  'block-taken': 'Choose another block in the app.',
};

export type Texts = { readonly [K in keyof typeof en]: string };
interface Language {
  direction: 'ltr' | 'rtl';
  texts: Texts;
  nextByCode: Readonly<Record<string, string>>;
}

const languages: Readonly<Record<string, Language>> = { en: { direction: 'ltr', texts: en, nextByCode } };

const wanted = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => languages[tag]) ?? 'en';
const { direction, texts, nextByCode: nextTexts } = languages[wanted] as Language;
document.documentElement.lang = wanted;
document.documentElement.dir = direction;

/** A text of the page's language, with `{name}` filled in. */
export const t = (key: keyof Texts, values: Readonly<Record<string, string | number>> = {}): string =>
  texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));

/** What a refusal tells a person to do. Names of fields say nothing to anybody: they are left to programs. */
export const nextOf = ({ code, next }: { code: string; next: string }): string =>
  nextTexts[code] ?? (next.includes('`') ? '' : next);
