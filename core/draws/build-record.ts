import type { DrawnEntry, DrawRecord, DrawRefusal } from '#contract/draw-record.ts';
import type { BeaconChain } from '#contract/sharing-policy.ts';
import type { Part } from './allot.ts';
import type { Draw, DrawSecret } from './draw.ts';

export interface Outcome {
  draw: Draw;
  chain: BeaconChain;
  beaconSignature: string;
  secret: DrawSecret;
  roll: { digest: string; sealedAt: number };
  drawnAt: number;
  /** In the order of the ranks. */
  list: readonly { entrant: string; behind: boolean; asked: boolean }[];
  /** What each of them came to. */
  parts: readonly Part<DrawRefusal>[];
}

const iso = (at: number) => new Date(at).toISOString();

const toDrawnEntry = (
  { entrant, behind, asked }: Outcome['list'][number],
  { choices, won, refused }: Part<DrawRefusal>,
): DrawnEntry => ({
  entrant,
  choices: [...choices],
  ...(behind && { behind }),
  ...(asked && { asked }),
  ...(won !== undefined && { won }),
  ...(refused.length > 0 && { refusals: refused.map(([block, reason]) => [block, reason]) }),
});

/** A draw as it is published: what was fixed before it, who took part, and what it came to. */
export const buildRecord = ({
  draw,
  chain,
  beaconSignature,
  secret,
  roll,
  drawnAt,
  list,
  parts,
}: Outcome): DrawRecord => ({
  v: 1,
  drawId: draw.drawId,
  stationId: draw.stationId,
  opensAt: iso(draw.opensAt),
  closesAt: iso(draw.closesAt),
  commitment: draw.commitment,
  beacon: { ...chain, round: draw.beacon.round, signature: beaconSignature },
  secret,
  rollDigest: roll.digest,
  sealedAt: iso(roll.sealedAt),
  drawnAt: iso(drawnAt),
  blocks: draw.blocks.map(({ blockId }) => blockId),
  entries: list.map((entry, place) => toDrawnEntry(entry, parts[place] as Part<DrawRefusal>)),
});
