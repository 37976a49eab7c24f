import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { entrantOf, rollDigestOf } from '#core/draws/ranking.ts';
import { localBeaconSignature } from '#local/services/beacon.ts';
import {
  aKey,
  chain,
  codesOf,
  drawId,
  forgedBy,
  drawOfSix as genuine,
  holdDraw,
  sixParts as parts,
  publish,
  round,
  withoutBlock,
} from '#test/support/published-draws.ts';

const key = aKey();
const forged = forgedBy(key);

describe('a draw that was held wrongly is refused, whoever signed it:', () => {
  const nextSignature = localBeaconSignature(round + 1);
  const elsewhere = createHash('sha256').update('another secret').digest('base64url');
  const twin = (entrant: string) =>
    entrant.slice(0, -1) + String.fromCharCode(entrant.charCodeAt(entrant.length - 1) + 1);

  it.each([
    [
      'two entries swapped',
      ['order'],
      forged(({ entries: [a, b, c, d, e, f] }) => ({ entries: [a, b, c, e, d, f] })),
    ],
    [
      'who is behind among the others',
      ['order'],
      forged(({ entries: [a, b, c, d, e, f] }) => ({ entries: [a, b, c, f, d, e] })),
    ],
    [
      'a winner’s block given to another',
      ['passed-over'],
      forged(({ entries: [a, b, c, d, e, f] }) => ({
        entries: [a, withoutBlock(b), c, { ...d, won: 0 }, e, f],
      })),
    ],
    [
      'a better entry skipped',
      ['passed-over'],
      forged(({ entries: [a, b, c, ...rest] }) => ({ entries: [a, b, withoutBlock(c), ...rest] })),
    ],
    [
      'a later choice than its due',
      ['passed-over'],
      forged(({ entries: [a, b, c, ...rest] }) => ({
        entries: [a, { ...b, won: 2 }, { ...c, won: 0 }, ...rest],
      })),
    ],
    [
      'a reason against a block that was gone',
      ['refusal'],
      forged(({ entries: [a, b, c, d, ...rest] }) => ({
        entries: [a, b, c, { ...d, refusals: [[0, 'schedule-overlap']] }, ...rest],
      })),
    ],
    [
      'a reason against a block behind the one that it got',
      ['refusal'],
      forged(({ entries: [a, b, ...rest] }) => ({
        entries: [a, { ...b, refusals: [[2, 'schedule-overlap']] }, ...rest],
      })),
    ],
    [
      'the same reason twice',
      ['refusal'],
      forged(({ entries: [a, ...rest] }) => ({
        entries: [{ ...a, refusals: [...(a.refusals ?? []), ...(a.refusals ?? [])] }, ...rest],
      })),
    ],
    [
      'a block that somebody was refused, and got',
      ['not-chosen'],
      forged(({ entries: [a, ...rest] }) => ({
        entries: [
          {
            ...a,
            won: 0,
            refusals: [
              [0, 'schedule-overlap'],
              [1, 'schedule-overlap'],
              [2, 'schedule-overlap'],
            ],
          },
          ...rest,
        ],
      })),
    ],
    [
      'a block won twice',
      ['block-twice'],
      forged(({ entries: [a, b, c, d, ...rest] }) => ({ entries: [a, b, c, { ...d, won: 0 }, ...rest] })),
    ],
    [
      'a block that was out of the draw for one and not for the next',
      ['withdrawn'],
      forged(({ entries: [a, ...rest] }) => ({
        entries: [{ ...a, refusals: [[0, 'block-withdrawn']] }, ...rest],
      })),
    ],
    [
      'a choice that is no block',
      ['roll', 'choices'],
      forged(({ entries: [a, ...rest] }) => ({ entries: [{ ...a, choices: [0, 1, 3] }, ...rest] })),
    ],
    [
      'an entry added',
      ['roll'],
      publish(
        {
          ...holdDraw({ blocks: 3, parts: [...parts, { driverId: 'late', choices: [2] }] }),
          rollDigest: genuine.rollDigest,
        },
        key,
      ),
    ],
    [
      'an entry dropped',
      ['roll'],
      publish({ ...holdDraw({ blocks: 3, parts: parts.slice(1) }), rollDigest: genuine.rollDigest }, key),
    ],
    [
      'somebody twice',
      ['entrants'],
      forged(({ entries }) => {
        const doubled = [...entries, entries[5]];
        return { entries: doubled, rollDigest: rollDigestOf(doubled) };
      }),
    ],
    ['a block listed twice', ['blocks'], forged(({ blocks: [a = '', b = ''] }) => ({ blocks: [a, b, a] }))],
    [
      'a secret that does not fit',
      ['commitment'],
      publish({ ...holdDraw({ blocks: 3, parts, secret: elsewhere }), commitment: genuine.commitment }, key),
    ],
    [
      'the beacon’s value of another round',
      ['beacon-value'],
      publish(holdDraw({ blocks: 3, parts, signature: nextSignature }), key),
    ],
    [
      'a round that was over at the close',
      ['beacon-round'],
      forged(({ drawnAt }) => ({ closesAt: drawnAt, sealedAt: drawnAt })),
    ],
    [
      'a round long after the close',
      ['beacon-round'],
      forged(({ opensAt }) => ({
        opensAt: new Date(Date.parse(opensAt) - 10_000).toISOString(),
        closesAt: new Date(Date.parse(opensAt) - 2_000).toISOString(),
      })),
    ],
    [
      'a beacon of their own',
      ['unknown-beacon', 'beacon-value'],
      forged(({ beacon }) => ({ beacon: { ...beacon, publicKey: `a${chain.publicKey.slice(1, -1)}0` } })),
    ],
    ['drawn before the beacon', ['times'], forged(({ opensAt }) => ({ drawnAt: opensAt }))],
    ['sealed before the close', ['times'], forged(({ opensAt }) => ({ sealedAt: opensAt }))],
  ])('%s', async (_, codes, text) => {
    expect(codesOf(await text, key.keys)).toEqual(codes);
  });

  it('somebody twice, by another spelling of the same bytes', async () => {
    const entries = [...genuine.entries, { entrant: twin(entrantOf(drawId, 'driver-0')), choices: [0] }];
    const text = await forged(() => ({ entries, rollDigest: rollDigestOf(entries) }));
    expect(codesOf(text, key.keys)).toContain('entrants');
  });
});
