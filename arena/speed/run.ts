import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { mostChoices } from '#contract/claims.ts';
import { sharingPolicy } from '#contract/sharing-policy.ts';
import { closeWithBeacon } from '#core/draws/beacon-rounds.ts';
import { type SpeedFigures, speedFigures } from './figures.ts';

/** As many hours as one driver may work in a week: the bot could have all blocks of a drop. */
const blocks = 40;
const humans = 200;

const stage = z.object({ sharing: sharingPolicy });

/** The window as the stage sets it, of a draw that opens on a full second. */
const localDraws = () => {
  const file = new URL('../../lib/stages/local.json', import.meta.url);
  const {
    seconds,
    sealMilliseconds: sealMs,
    beacon,
  } = stage.parse(JSON.parse(readFileSync(file, 'utf8'))).sharing.draws;
  const opensAt = beacon.genesis * 1_000;
  const { closesAt } = closeWithBeacon(beacon, { opensAt, seconds, sealMs });
  return { windowMs: closesAt - opensAt, chainHash: beacon.chainHash };
};

export const playSpeed = ({ drops, seed }: { drops: number; seed: number }): SpeedFigures => {
  const choices = { people: mostChoices, bot: mostChoices };
  return speedFigures({ ...localDraws(), drops, seed, humans, blocks, choices });
};
