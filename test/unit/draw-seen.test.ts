import { describe, expect, it } from 'vitest';
import type { DrawRecord } from '#contract/draw-record.ts';
import { differencesFrom } from '#core/draws/compare-seen.ts';

const digest = (letter: string) => letter.repeat(43);
const record: DrawRecord = {
  v: 1,
  drawId: 'draw-one-one',
  stationId: 'DSE1',
  opensAt: '2026-11-23T08:00:00.000Z',
  closesAt: '2026-11-23T08:00:15.000Z',
  commitment: digest('c'),
  beacon: {
    chainHash: 'ab'.repeat(32),
    publicKey: 'cd'.repeat(96),
    genesis: 1,
    period: 3,
    round: 7,
    signature: '',
  },
  secret: digest('s'),
  rollDigest: digest('r'),
  sealedAt: '2026-11-23T08:00:15.100Z',
  drawnAt: '2026-11-23T08:00:17.000Z',
  blocks: ['block-one', 'block-two'],
  entries: [],
};
const seen = {
  drawId: record.drawId,
  stationId: record.stationId,
  state: 'sealed',
  closesAt: record.closesAt,
  commitment: record.commitment,
  beacon: { chainHash: record.beacon.chainHash, round: 7 },
  blocks: record.blocks,
  entries: 0,
  rollDigest: record.rollDigest,
};

describe('what somebody kept of a draw before its outcome', () => {
  it('is what the record says, with the roll or from before there was one', () => {
    const { rollDigest: _, ...before } = seen;
    expect(differencesFrom(record, seen)).toEqual([]);
    expect(differencesFrom(record, before)).toEqual([]);
  });

  it.each([
    ['commitment', { commitment: digest('x') }],
    ['beacon', { beacon: { ...seen.beacon, round: 8 } }],
    ['closesAt', { closesAt: '2026-11-23T08:00:18.000Z' }],
    ['blocks', { blocks: ['block-two', 'block-one'] }],
    ['rollDigest', { rollDigest: digest('x') }],
    ['drawId', { drawId: 'draw-two-two' }],
  ])('shows that the %s was changed', (name, other) => {
    expect(differencesFrom(record, { ...seen, ...other })).toEqual([name]);
  });

  it.each([[undefined], [null], [[]], ['draw'], [{}], [{ ...seen, blocks: 'all' }]])(
    'is nothing to compare with: %j',
    (nothing) => {
      expect(differencesFrom(record, nothing)).toBeUndefined();
    },
  );
});
