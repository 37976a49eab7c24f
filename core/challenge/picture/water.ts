import { chanceOf } from '../chance.ts';
import { height, width } from './scene.ts';

/** Shades of the water; the palette's others are for what is on it. */
export const shades = 4;
/** The water is wider than a frame: each row of it slides by its own wave. */
const slack = 24;
export const groundWidth = width + 2 * slack;

export interface Water {
  /** Shades, `groundWidth` for each row of a frame. */
  ground: Uint8Array;
  /** By how much a row is shifted in a frame, in whole pixels. */
  shiftOf: (row: number, frame: number) => number;
}

/** Ripples: grains whose rows slide in waves, so that everything changes in every frame and no shift undoes it. */
export const waterOf = (seed: string): Water => {
  const chance = chanceOf(seed, 'picture/water');
  const ground = new Uint8Array(groundWidth * height);
  const grains = chance.noise(ground.length >> 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < groundWidth; x += 1) {
      const grain = grains[((y >> 1) * groundWidth + x) >> 2] as number;
      ground[y * groundWidth + x] = Math.floor((grain + 1) * 1.999);
    }
  const drift = chance.between(-0.08, 0.08);
  const waves = [0].map(() => ({
    swing: chance.between(1, 2),
    length: chance.between(25, 60),
    speed: chance.between(0.05, 0.09) * (chance.below(2) ? 1 : -1),
    phase: chance.between(0, 2 * Math.PI),
  }));
  return {
    ground,
    shiftOf: (row, frame) => {
      let shift = slack + drift * frame;
      for (const { swing, length, speed, phase } of waves)
        shift += swing * Math.sin((2 * Math.PI * row) / length + speed * frame + phase);
      return Math.min(2 * slack, Math.max(0, Math.round(shift)));
    },
  };
};
