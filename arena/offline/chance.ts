/** A source of chance that repeats with its seed. */
export interface Chance {
  /** In [0, 1). */
  next: () => number;
  between: (low: number, high: number) => number;
  /** A whole number in [0, end). */
  below: (end: number) => number;
  happens: (probability: number) => boolean;
  pick: <T>(list: readonly T[]) => T;
  shuffle: <T>(list: readonly T[]) => T[];
  normal: (mean?: number, deviation?: number) => number;
  logNormal: (median: number, sigma: number) => number;
  exponential: (mean: number) => number;
  /** Uniform in the logarithm. */
  logBetween: (low: number, high: number) => number;
  /** Density falling with the power `exponent` (not 1) between both ends. */
  powerLaw: (exponent: number, low: number, high: number) => number;
  /** A whole number whose mean is `mean`. */
  count: (mean: number) => number;
  /** Hexadecimal digits, at most 16. */
  hex: (digits: number) => string;
}

const scrambled = (seed: string, basis: number) => {
  let hash = basis;
  for (let at = 0; at < seed.length; at += 1) hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
};

/** sfc32 (Doty-Humphrey) from two FNV-1a hashes of the text. */
const sfc32 = (seed: string) => {
  let a = scrambled(seed, 0x811c9dc5);
  let b = scrambled(seed, 0x9e3779b9);
  let c = a ^ (b << 7);
  let turn = 1;
  const next = () => {
    const sum = (((a + b) | 0) + turn) | 0;
    turn = (turn + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next();
  return next;
};

export const chanceOf = (seed: string): Chance => {
  const next = sfc32(seed);
  const below = (end: number) => Math.floor(next() * end);
  /** Box and Muller make two at a time. */
  let spare = Number.NaN;
  const standard = () => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const hex = (digits: number) => Math.floor(next() * 16 ** Math.min(digits, 8)).toString(16);
  return {
    next,
    below,
    between: (low, high) => low + (high - low) * next(),
    happens: (probability) => next() < probability,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    shuffle: (list) => {
      const mixed = [...list];
      for (let at = mixed.length - 1; at > 0; at -= 1) {
        const other = below(at + 1);
        [mixed[at], mixed[other]] = [mixed[other] as never, mixed[at] as never];
      }
      return mixed;
    },
    normal: (mean = 0, deviation = 1) => mean + deviation * standard(),
    logNormal: (median, sigma) => median * Math.exp(sigma * standard()),
    exponential: (mean) => -mean * Math.log(1 - next()),
    logBetween: (low, high) => low * (high / low) ** next(),
    powerLaw: (exponent, low, high) => {
      const power = 1 - exponent;
      return (low ** power + next() * (high ** power - low ** power)) ** (1 / power);
    },
    count: (mean) => {
      const whole = Math.floor(mean);
      return whole + (next() < mean - whole ? 1 : 0);
    },
    hex: (digits) => {
      const low = hex(digits).padStart(Math.min(digits, 8), '0');
      return digits > 8 ? low + hex(digits - 8).padStart(digits - 8, '0') : low;
    },
  };
};
