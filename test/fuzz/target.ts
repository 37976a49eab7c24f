import { isDeepStrictEqual } from 'node:util';
import { Unacceptable } from '#core/attestation/verdict.ts';

/** What an attacker supplies: one piece of bytes, or several. */
export type Input = readonly Buffer[];

export type Outcome =
  | { status: 'refused'; reason: string }
  /** Accepted, and nothing but the seed in another spelling. */
  | { status: 'same' }
  /** Accepted, as it has to be: a reader's input, or one that the phone itself has signed. */
  | { status: 'allowed' }
  | { status: 'wrong'; complaint: string };

/** A valid input and the whole context that it is valid in, so that a finding can be tried again. */
export interface Seed {
  id: string;
  input: Input;
  run: (input: Input) => Outcome | Promise<Outcome>;
}

export interface Target {
  name: string;
  seeds: Seed[];
  /** The parts are a list of the attacker's making. */
  isList?: boolean;
  /** Of readers, whose callers have let no more bytes through than these. */
  cap?: number;
}

export const isSameInput = (one: Input, other: Input): boolean =>
  one.length === other.length && one.every((part, index) => part.equals(other[index] as Buffer));

type Verdict = { status: string; reason?: string; facts?: unknown };

/** `refused` and `weak` are the same to an attacker: no claims. */
const refusalOf = ({ status, reason = 'none' }: Verdict): Outcome | undefined =>
  status === 'verified' || status === 'valid' || status === 'accepted'
    ? undefined
    : { status: 'refused', reason: /^[a-z][a-z0-9-]*$/.test(reason) ? reason : `no reason: ${reason}` };

/** Nothing but the seed may be accepted, or what `isSame` proves to mean the same. */
export const seedOnly = (
  id: string,
  input: Input,
  verify: (input: Input) => Verdict | Promise<Verdict>,
  isSame: (given: Input, verdict: Verdict) => boolean = () => false,
): Seed => ({
  id,
  input,
  run: async (given) => {
    const verdict = await verify(given);
    const refused = refusalOf(verdict);
    if (refused) return refused;
    if (isSameInput(given, input) || isSame(given, verdict)) return { status: 'same' };
    return { status: 'wrong', complaint: 'accepted, and not the seed' };
  },
});

/** The phone signs whatever the input has become: accepted, it must say what is due. */
export const signedBy = (
  id: string,
  input: Input,
  verify: (input: Input) => Verdict | Promise<Verdict>,
  complaint: (input: Input, verdict: Verdict) => string | undefined,
): Seed => ({
  id,
  input,
  run: async (given) => {
    const verdict = await verify(given);
    const refused = refusalOf(verdict);
    if (refused) return refused;
    const found = complaint(given, verdict);
    return found === undefined ? { status: 'allowed' } : { status: 'wrong', complaint: found };
  },
});

const longestRewritten = 8_192;

/** A reader ends with a value or with `Unacceptable`; what it reads must be written in one way only. */
export const readerOf = (
  id: string,
  input: Buffer,
  read: (bytes: Buffer) => unknown,
  complaint: (bytes: Buffer, value: never) => string | undefined = () => undefined,
): Seed => ({
  id,
  input: [input],
  run: ([bytes = Buffer.alloc(0)]) => {
    let value: unknown;
    try {
      value = read(bytes);
    } catch (error) {
      if (error instanceof Unacceptable) return { status: 'refused', reason: error.reason };
      throw error;
    }
    // What writes it again is slower than the reader that is timed here.
    const found = bytes.length > longestRewritten ? undefined : complaint(bytes, value as never);
    return found === undefined ? { status: 'allowed' } : { status: 'wrong', complaint: found };
  },
});

export const isEqual = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other);
