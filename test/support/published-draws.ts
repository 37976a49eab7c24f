import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { DrawnEntry, DrawRecord, DrawRefusal } from '#contract/draw-record.ts';
import { thumbprintOf } from '#core/attestation/dpop.ts';
import { allot } from '#core/draws/allot.ts';
import { timeOfRound } from '#core/draws/beacon-rounds.ts';
import { commitmentOf, entrantOf, inOrder, rollDigestOf, seedOf } from '#core/draws/ranking.ts';
import { recordDigest, signDraw } from '#core/draws/sign-record.ts';
import { verifyDraw } from '#core/draws/verify-record.ts';
import { localBeaconSignature } from '#local/services/beacon.ts';
import local from '../../lib/stages/local.json' with { type: 'json' };

export const chain = local.sharing.draws.beacon;
export const drawId = 'a-draw-of-blocks';
/** Any round: signing takes some ten milliseconds, so it is done once for all draws. */
export const round = 40_000_000;
export const signature = localBeaconSignature(round);
export const secret = createHash('sha256').update('a secret').digest('base64url');

export interface Part {
  driverId: string;
  choices: readonly number[];
  behind?: boolean;
  asked?: boolean;
  /** Why it cannot have which blocks. */
  against?: Readonly<Record<number, DrawRefusal>>;
}

export interface Terms {
  parts: readonly Part[];
  blocks: number;
  secret?: string;
  round?: number;
  signature?: string;
}

const at = (ms: number) => new Date(ms).toISOString();

/** A draw as the service holds it, by its own rules and without a table. */
export const holdDraw = (terms: Terms): DrawRecord => {
  const value = { drawId, chainHash: chain.chainHash, round, signature, ...terms };
  const roundAt = timeOfRound(chain, value.round);
  const entries = terms.parts.map((part) => ({ ...part, entrant: entrantOf(drawId, part.driverId) }));
  const list = inOrder(entries, seedOf(terms.secret ?? secret, value), drawId);
  const outcomes = allot(
    list.map(({ choices }) => choices),
    (place, block) => list[place]?.against?.[block],
  );
  const drawn = list.map(
    ({ entrant, choices, behind, asked }, place): DrawnEntry => ({
      entrant,
      choices: [...choices],
      ...(behind && { behind: true as const }),
      ...(asked && { asked: true as const }),
      ...(outcomes[place]?.won !== undefined && { won: outcomes[place].won }),
      ...(outcomes[place]?.refused.length && {
        refusals: outcomes[place].refused.map(([block, reason]): [number, DrawRefusal] => [block, reason]),
      }),
    }),
  );
  return {
    v: 1,
    drawId,
    stationId: 'DSE1',
    opensAt: at(roundAt - 8_400),
    closesAt: at(roundAt - 400),
    commitment: commitmentOf(terms.secret ?? secret),
    beacon: { ...chain, round: value.round, signature: value.signature },
    secret: terms.secret ?? secret,
    rollDigest: rollDigestOf(drawn),
    sealedAt: at(roundAt - 200),
    drawnAt: at(roundAt + 300),
    blocks: Array.from({ length: terms.blocks }, (_, index) => `block-${String(index).padStart(3, '0')}`),
    entries: drawn,
  };
};

/** A key that draws are signed with, and the set in which it is published. */
export const aKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const kid = thumbprintOf({ x, y });
  const signer = {
    kid,
    sign: async (message: Buffer) =>
      sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' as const }),
  };
  return { kid, signer, keys: { keys: [{ kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' }] } };
};

/** The text that the service gives: signed, whatever it says. */
export const publish = async (record: DrawRecord, { signer }: ReturnType<typeof aKey>): Promise<string> =>
  JSON.stringify({
    record,
    signature: await signDraw(signer, { drawId: record.drawId, sha256: recordDigest(record) }),
  });

const wishes: Part[] = Array.from({ length: 6 }, (_, index) => ({
  driverId: `driver-${index}`,
  choices: [0, 1, 2],
  asked: index === 4,
  behind: index === 5,
}));
const [leading] = holdDraw({ blocks: 3, parts: wishes }).entries;

/**
 * Six who all want the blocks 0, 1, 2: the first cannot have 0 and gets 1, the second gets 0, the third gets 2. Who is
 * behind is the last one, whatever the rank.
 */
export const sixParts: readonly Part[] = wishes.map((part) =>
  entrantOf(drawId, part.driverId) === leading?.entrant
    ? { ...part, against: { 0: 'schedule-overlap' } }
    : part,
);
export const drawOfSix = holdDraw({ blocks: 3, parts: sixParts });

type Six = [DrawnEntry, DrawnEntry, DrawnEntry, DrawnEntry, DrawnEntry, DrawnEntry];

export const withoutBlock = ({ won: _, ...rest }: DrawnEntry): DrawnEntry => rest;

/** Six entries after a change, signed with the right key. */
export const forgedBy =
  (key: ReturnType<typeof aKey>) =>
  (change: (record: DrawRecord & { entries: Six }) => Partial<DrawRecord>): Promise<string> =>
    publish({ ...drawOfSix, ...change(structuredClone(drawOfSix) as Parameters<typeof change>[0]) }, key);

export const codesOf = (text: string, keys: unknown): string[] => {
  const verdict = verifyDraw(text, keys);
  return verdict.status === 'refused' ? verdict.reasons.map(({ code }) => code) : [verdict.status];
};
