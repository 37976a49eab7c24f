import { type DrawnEntry, type DrawRecord, drawRecordType, publishedDraw } from '#contract/draw-record.ts';
import { type JwsRefusal, verifyJws } from '#core/privacy/verify-jws.ts';
import { isBeaconValue } from './beacon.ts';
import { timeOfRound } from './beacon-rounds.ts';
import { type KnownBeacon, knownBeacon } from './known-beacons.ts';
import { commitmentOf, rankOf, rollDigestOf, seedOf } from './ranking.ts';
import { recordDigest } from './sign-record.ts';
import { type Walk, type WalkFault, walkAgain } from './verify-walk.ts';

export type DrawFault =
  /** Not JSON, or not in the one spelling in which draws are published. */
  | 'malformed'
  /** JSON, in a form that this version does not know. */
  | 'other-form'
  | `signature-${JwsRefusal}`
  /** The signature is genuine, and of another record. */
  | 'other-record'
  /** The secret is not the one that was committed to. */
  | 'commitment'
  /** A chain that nobody knows to be a public one. */
  | 'unknown-beacon'
  /** It is not the beacon's first round after the close: the close alone names it. */
  | 'beacon-round'
  /** Not the beacon's value of that round. */
  | 'beacon-value'
  /** Opened, closed, sealed and drawn in another order, or drawn before the beacon's value was there. */
  | 'times'
  /** A block that is listed twice. */
  | 'blocks'
  /** Somebody who is in it twice. */
  | 'entrants'
  /** The entries are not those that were sealed. */
  | 'roll'
  /** The entries do not stand in the order of their ranks. */
  | 'order'
  | WalkFault;

export type DrawWarning =
  /** The beacon is the one of a developer's machine. */
  | 'local-beacon'
  /** Who takes part was fixed when the outcome could be known already. */
  | 'sealed-late'
  | 'drawn-late';

export interface DrawReason {
  code: DrawFault;
  /** The first entry at fault, from 1. */
  rank?: number;
}

export interface DrawFigures extends Omit<Walk, 'fault'> {
  entries: number;
  blocks: number;
  /** Drawn after all others. */
  behind: number;
  beacon: KnownBeacon;
}

export type DrawVerdict =
  | { status: 'genuine'; record: DrawRecord; kid: string; warnings: DrawWarning[]; figures: DrawFigures }
  | { status: 'refused'; reasons: DrawReason[] };

/** Clocks of two machines differ by less. */
const clockMarginMs = 1_000;
const lateMs = 60_000;
/** Of the signature alone. */
const longest = 2_048;

const refused = (...reasons: DrawReason[]): DrawVerdict => ({ status: 'refused', reasons });

/** Base64url in its one spelling: with another last character the same bytes would take part twice. */
const isOneSpelling = (text: string): boolean =>
  Buffer.from(text, 'base64url').toString('base64url') === text;

const readPublished = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
};

const timesOf = ({ opensAt, closesAt, sealedAt, drawnAt, beacon }: DrawRecord) => ({
  opensAt: Date.parse(opensAt),
  closesAt: Date.parse(closesAt),
  sealedAt: Date.parse(sealedAt),
  drawnAt: Date.parse(drawnAt),
  roundAt: timeOfRound(beacon, beacon.round),
});

/** What was fixed before the outcome could be known, and whether it could be known by then. */
const faultsBefore = (record: DrawRecord): DrawFault[] => {
  const { beacon, secret, commitment, blocks, entries } = record;
  const { opensAt, closesAt, sealedAt, drawnAt, roundAt } = timesOf(record);
  const inOrder =
    opensAt < closesAt &&
    closesAt <= sealedAt + clockMarginMs &&
    Math.max(sealedAt, roundAt) <= drawnAt + clockMarginMs;
  const checks: [DrawFault, boolean][] = [
    ['commitment', isOneSpelling(secret) && commitmentOf(secret) === commitment],
    ['unknown-beacon', knownBeacon(beacon) !== undefined],
    ['beacon-round', closesAt < roundAt && roundAt - beacon.period * 1_000 <= closesAt],
    ['beacon-value', beacon.round > 0 && isBeaconValue(beacon, beacon.round, beacon.signature)],
    ['times', inOrder],
    ['blocks', new Set(blocks).size === blocks.length],
    [
      'entrants',
      new Set(entries.map(({ entrant }) => entrant)).size === entries.length &&
        entries.every(({ entrant }) => isOneSpelling(entrant)),
    ],
    ['roll', rollDigestOf(entries) === record.rollDigest],
  ];
  return checks.flatMap(([code, holds]) => (holds ? [] : [code]));
};

/** The first entry that stands behind one that should come after it. */
const orderFault = ({ secret, drawId, beacon, entries }: DrawRecord): DrawReason[] => {
  const seed = seedOf(secret, { ...beacon, drawId });
  const turnOf = ({ entrant, behind }: DrawnEntry) => `${behind ? 1 : 0}${rankOf(seed, drawId, entrant)}`;
  let last = '';
  for (const [index, entry] of entries.entries()) {
    const turn = turnOf(entry);
    if (turn < last) return [{ code: 'order', rank: index + 1 }];
    last = turn;
  }
  return [];
};

const warningsOf = (record: DrawRecord, beacon: KnownBeacon): DrawWarning[] => {
  const { sealedAt, drawnAt, roundAt } = timesOf(record);
  return [
    ...(beacon === 'local' ? (['local-beacon'] as const) : []),
    ...(sealedAt >= roundAt ? (['sealed-late'] as const) : []),
    ...(drawnAt > roundAt + lateMs ? (['drawn-late'] as const) : []),
  ];
};

/**
 * Holds a published draw again with nothing but its text and the published keys: no network and no clock. The text is
 * `{record, signature}` as the service gave it, to the byte; `keySet` is whatever stood in the file of keys.
 */
export const verifyDraw = (text: string, keySet: unknown): DrawVerdict => {
  const value = readPublished(text);
  if (value === undefined) return refused({ code: 'malformed' });
  const published = publishedDraw.safeParse(value);
  if (!published.success) return refused({ code: 'other-form' });
  const { signature } = published.data;
  // As it was read: parsing may have put members into another order.
  const { record } = value as { record: DrawRecord };
  const signed = verifyJws(signature, keySet, { typ: drawRecordType, longest });
  if (signed.status === 'refused') return refused({ code: `signature-${signed.reason}` });
  const statement = JSON.stringify({ drawId: record.drawId, sha256: recordDigest(record) });
  if (JSON.stringify(signed.payload) !== statement) return refused({ code: 'other-record' });

  const { fault, ...walk } = walkAgain(record.entries, record.blocks.length);
  const reasons = [
    ...faultsBefore(record).map((code) => ({ code })),
    ...orderFault(record),
    ...(fault ? [fault] : []),
  ];
  const beacon = knownBeacon(record.beacon);
  if (reasons.length > 0 || !beacon) return refused(...reasons);
  const behind = record.entries.filter((entry) => entry.behind).length;
  return {
    status: 'genuine',
    record,
    kid: signed.kid,
    warnings: warningsOf(record, beacon),
    figures: { ...walk, entries: record.entries.length, blocks: record.blocks.length, behind, beacon },
  };
};
