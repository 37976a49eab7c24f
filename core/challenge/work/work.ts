import { createHmac } from 'node:crypto';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { ChallengeAnswer } from '#contract/challenges.ts';
import { isSameText } from '#core/shared/key-generations.ts';

/** How much work is asked for, by risk. */
export type WorkSize = 1 | 2 | 3;

/**
 * The answer is one of so many counters, each as likely: whoever tries them in order is through at the last, and who
 * knows this code gains nothing by another order. A slow phone tries about 400 in a second
 * (test/bench/challenge-work.ts).
 */
const counters: Readonly<Record<WorkSize, number>> = { 1: 180, 2: 600, 3: 1_800 };

/**
 * PBKDF2, because WebCrypto and the platforms have it: one call of native code for each counter, in web views too.
 * SCRYPT and ARGON2ID would cost graphics cards more, but no web view has them without a module of its own, and what
 * can be verified within a millisecond fills a megabyte, which is too little to matter.
 */
const algorithm = 'PBKDF2/SHA-256';
/** Most of a try is this and not the call around it; verifying, which is one try, stays far below a millisecond. */
const cost = 1_000;
const keyLength = 32;

const draw = (seed: string, size: WorkSize, what: string): Buffer =>
  createHmac('sha256', seed).update(`work|${size}|${what}`).digest();

/** A task of altcha-lib's in its mode of a known counter, with its solution; the same for the same seed. */
const workOf = async (seed: string, size: WorkSize) => {
  const nonce = draw(seed, size, 'nonce').subarray(0, 16);
  const salt = draw(seed, size, 'salt').subarray(0, 16);
  const share = draw(seed, size, 'counter').readUInt32BE() / 2 ** 32;
  const counter = Math.floor(share * counters[size]);
  // altcha-lib derives each key from the nonce and the counter as 32 bits, big-endian.
  const password = Buffer.concat([nonce, Buffer.alloc(4)]);
  password.writeUInt32BE(counter, nonce.length);
  const fixed = { algorithm, cost, keyLength, nonce: nonce.toString('hex'), salt: salt.toString('hex') };
  const derived = await deriveKey({ ...fixed, keyPrefix: '' }, salt, password);
  const derivedKey = Buffer.from(derived.derivedKey).toString('hex');
  // The half that a solver looks for: 16 bytes of 32, each two characters.
  const keyPrefix = derivedKey.slice(0, keyLength);
  return { parameters: { ...fixed, keyPrefix }, solution: { counter, derivedKey } };
};

/**
 * The task of a seed that nobody else knows. Not by `createChallenge` of altcha-lib, which draws nonce and salt itself:
 * asked twice, it would show two tasks. Without an expiry: a challenge can be extended while its driver works.
 */
export const makeWork = async (seed: string, size: WorkSize) => {
  const { parameters } = await workOf(seed, size);
  return { parameters };
};

/**
 * Whether the work was done. The seed knows the one solution, so there is nothing of the client's to trust, and no
 * signature to check. Nothing is spent: whoever asks does that afterwards, by one conditional write that also knows
 * whether the challenge has expired.
 */
export const verifyWork = async (
  seed: string,
  size: WorkSize,
  { counter, derivedKey }: Pick<Extract<ChallengeAnswer, { kind: 'work' }>, 'counter' | 'derivedKey'>,
): Promise<boolean> => {
  const { solution } = await workOf(seed, size);
  return counter === solution.counter && isSameText(derivedKey, solution.derivedKey);
};
