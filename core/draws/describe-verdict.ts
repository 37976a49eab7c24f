import type { DrawnEntry, DrawRecord, DrawRefusal } from '#contract/draw-record.ts';
import { entrantOf } from './ranking.ts';
import type { DrawFault, DrawVerdict, DrawWarning } from './verify-record.ts';

const faults: Readonly<Record<DrawFault, string>> = {
  malformed: 'it is not written as draws are published: a character was changed, added or lost',
  'other-form': 'it is not a draw, or one that this version does not understand',
  'signature-malformed': 'its signature is no signed text of three parts',
  'signature-other-type': 'its signature is of something else than a draw',
  'signature-other-algorithm': 'it is signed in another way than draws are',
  'signature-other-header': 'the header of its signature is not written as those of draws are',
  'signature-unknown-key': 'the key that it names is not among the keys given',
  'signature-unusable-key': 'the keys given hold something else under the name of its key',
  'signature-other-signature': 'the signature was changed, or another key made it',
  'other-record': 'the signature is genuine, and of another record: something in this one was changed',
  commitment: 'the secret does not have the SHA-256 that the record names',
  'unknown-beacon': 'the beacon is none that is known to be a public one',
  'beacon-round': 'the round of the beacon is not the first one after the close',
  'beacon-value': 'what is said to be the value of the beacon is not the value of that round',
  times: 'it says that it was opened, closed, sealed and drawn in an order that cannot be',
  blocks: 'a block is listed twice',
  entrants: 'somebody takes part twice',
  roll: 'the entries are not those whose digest was published when they were sealed',
  order: 'it stands behind an entry that should have come after it',
  choices: 'it names a block twice, or one that is not in the draw',
  'passed-over': 'a block that it named was there, and it did not get it',
  'block-twice': 'it got a block that an entry before it has',
  'not-chosen': 'it got a block that it did not name or was refused',
  withdrawn: 'it got a block of which an entry before it was told that it was out of the draw or had begun',
  refusal: 'it has a reason against a block that was not its turn to get',
};

const warnings: Readonly<Record<DrawWarning, string>> = {
  'local-beacon':
    'The beacon is the stand-in of a developer’s machine. Everybody can make its values: nothing binds who ran this draw.',
  'sealed-late':
    'Who takes part was fixed after the beacon’s value was public: whoever ran the draw could have known the outcome by then.',
  'drawn-late': 'It was drawn more than a minute after it could have been.',
};

const refusals: Readonly<Record<DrawRefusal, string>> = {
  'schedule-overlap': 'it overlapped with a booked block',
  'weekly-hours-exceeded': 'the hours of the week were full',
  'account-restricted': 'the account was restricted',
  'block-withdrawn': 'the block was taken out of the draw',
  'offer-expired': 'the block had begun',
  'entry-withdrawn': 'the entry was withdrawn as the draw closed',
};

type Genuine = Extract<DrawVerdict, { status: 'genuine' }>;
type Refused = Extract<DrawVerdict, { status: 'refused' }>;

/** To the millisecond, in UTC. */
const timeOf = (instant: string): string =>
  new Date(instant).toISOString().replace('T', ' ').replace('Z', ' UTC');

const count = (number: number, one: string, more: string): string => `${number} ${number === 1 ? one : more}`;

/** Why a draw is not genuine, a line each. */
export const describeFaults = ({ reasons }: Refused): string =>
  reasons
    .map(({ code, rank }) => `${rank === undefined ? '' : `entry ${rank}: `}${faults[code]} (${code})`)
    .join('\n');

/** A genuine draw in plain words, for a terminal. */
export const describeDraw = ({ record, figures, warnings: told }: Genuine): string =>
  [
    `Draw ${record.drawId} at ${record.stationId}`,
    `Open:    ${timeOf(record.opensAt)} to ${timeOf(record.closesAt)}`,
    `Sealed:  ${timeOf(record.sealedAt)}`,
    `Drawn:   ${timeOf(record.drawnAt)}`,
    `Beacon:  ${figures.beacon}, round ${record.beacon.round}`,
    '',
    'Checked:',
    '  the secret has the SHA-256 that the record names as its commitment',
    '  the beacon’s value is genuine, and of the first round after the close',
    '  the entries are those that were sealed, each once, in the order of their ranks',
    '  each got the first of its choices that was there, and nobody got more than one',
    '',
    `${count(figures.entries, 'entry', 'entries')}, ${count(figures.blocks, 'block', 'blocks')}, ${figures.given} given${
      figures.behind > 0 ? `, ${figures.behind} drawn after all others` : ''
    }`,
    figures.onWord === 0
      ? 'Every outcome follows from the record alone.'
      : `${count(figures.onWord, 'outcome rests', 'outcomes rest')} on reasons that only the driver concerned can check:`,
    ...Object.entries(figures.refusals).map(
      ([reason, times]) => `  ${times} x ${refusals[reason as DrawRefusal]} (${reason})`,
    ),
    ...(told.length > 0 ? ['', ...told.map((code) => `Note: ${warnings[code]}`)] : []),
  ].join('\n');

const outcomeOf = (record: DrawRecord, entry: DrawnEntry, choice: number): string => {
  if (entry.won === choice) return 'it is yours';
  const reason = entry.refusals?.find(([block]) => block === choice)?.[1];
  if (reason) return `${refusals[reason]} (${reason})`;
  const before = record.entries.findIndex(({ won }) => won === choice) + 1;
  return before > 0 && before < record.entries.indexOf(entry) + 1
    ? `entry ${before} was drawn before you`
    : 'you got one that you named before it';
};

/** One driver's own part: nobody else is named in a record. */
export const describeOwn = (record: DrawRecord, driverId: string): string => {
  const entrant = entrantOf(record.drawId, driverId);
  const index = record.entries.findIndex((entry) => entry.entrant === entrant);
  const entry = record.entries[index];
  if (!entry) return `You are ${entrant} in this draw, and took no part in it.`;
  return [
    `You are ${entrant} in this draw: ${index + 1} of ${record.entries.length}${
      entry.behind ? ', after everybody else because of late releases' : ''
    }.`,
    ...entry.choices.map((choice) => `  ${record.blocks[choice]}: ${outcomeOf(record, entry, choice)}`),
    ...(entry.asked && entry.won !== undefined
      ? ['  The block was kept for you until you showed that a person claims it.']
      : []),
  ].join('\n');
};
