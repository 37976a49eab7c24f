import { hashId } from '#core/detection/activity/hash.ts';
import type { Label, Labels } from './read-labels.ts';

/** Which labelled account serves what. */
export interface Parts {
  readonly train: readonly number[];
  /** People only: their scores are what a p-value is counted against. */
  readonly calibration: readonly number[];
  readonly test: readonly number[];
}

/**
 * Share of the people in training that is held for calibration when the labels name none: at least two fifths, and up to
 * three fifths where that makes a p-value of one in a thousand possible, which takes 999 of them.
 */
const calibrationShareOf = (people: number): number => Math.min(0.6, Math.max(0.4, 1_100 / people));
/** Share of all accounts that is held for the figures when the labels name none. */
const testShare = 0.3;

/** In [0, 1), by the account's name: the same account goes to the same part whatever else is in the file. */
const lotOf = (name: string, what: string): number => hashId(`${what} ${name}`) / 2 ** 53;

const drawn = (name: string, { isBot }: Label, share: number): keyof Parts =>
  !isBot && lotOf(name, 'calibration') < share ? 'calibration' : 'train';

/**
 * Divides the accounts. Where `needsTest` and no split says so, some are held for the test by their names. Bots among
 * the accounts for calibration are left out: nothing is counted against bots.
 */
export const partsOf = (names: readonly string[], labels: Labels, needsTest = false): Parts => {
  const all = [...labels.values()];
  const isCalibrationTold = all.some(({ split, isBot }) => split === 'calibration' && !isBot);
  const holdsTest = needsTest && !all.some(({ split }) => split === 'test');
  const share = calibrationShareOf(all.filter(({ split, isBot }) => split !== 'test' && !isBot).length);
  const partOf = (name: string, label: Label): keyof Parts | undefined => {
    if (label.split === 'test' || (holdsTest && lotOf(name, 'test') < testShare)) return 'test';
    if (label.split === 'calibration') return label.isBot ? undefined : 'calibration';
    return isCalibrationTold ? 'train' : drawn(name, label, share);
  };
  const parts = { train: [] as number[], calibration: [] as number[], test: [] as number[] };
  for (const [index, name] of names.entries()) {
    const label = labels.get(name);
    const part = label && partOf(name, label);
    if (part) parts[part].push(index);
  }
  return parts;
};
