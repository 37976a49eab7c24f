import { createCipheriv, hash } from 'node:crypto';

const key = (seed: string, label: string) => hash('sha256', `task/${label}/${seed}`, 'buffer');
const startOfStream = Buffer.alloc(16);

/** Numbers that follow from a seed and say nothing about it: the key stream of AES-256 in counter mode. */
export interface Chance {
  /** Evenly from `from` to `to`. */
  between(from: number, to: number): number;
  /** Evenly from 0 to `n` - 1, without bias. */
  below(n: number): number;
  /** White noise from -1 to 1. */
  noise(samples: number): Float32Array;
}

export const chanceOf = (seed: string, label: string): Chance => {
  const cipher = createCipheriv('aes-256-ctr', key(seed, label), startOfStream);
  const take = (bytes: number) => cipher.update(Buffer.alloc(bytes));
  let words = new Uint32Array(0);
  let used = 0;
  const word = () => {
    if (used === words.length) {
      words = new Uint32Array(new Uint8Array(take(512)).buffer);
      used = 0;
    }
    return words[used++] as number;
  };
  return {
    between: (from, to) => from + ((to - from) * word()) / 2 ** 32,
    below: (n) => {
      const fair = 2 ** 32 - (2 ** 32 % n);
      let drawn = word();
      while (drawn >= fair) drawn = word();
      return drawn % n;
    },
    noise: (samples) => {
      const values = new Int16Array(new Uint8Array(take(2 * samples)).buffer);
      const white = new Float32Array(samples);
      for (let i = 0; i < samples; i++) white[i] = (values[i] as number) / 32_768;
      return white;
    },
  };
};
