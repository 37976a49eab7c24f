import { createHash } from 'node:crypto';
import {
  type AuthenticatorDataRefusal,
  appIdOf,
  bufferOf,
  bytesIn,
  mapOf,
  type Release,
  type ReleasePolicy,
  readHead,
  releaseOf,
} from './app-attest-authenticator-data.ts';
import { readCbor } from './cbor.ts';
import { isSignedInDer, keyAt } from './p256.ts';
import { need, refuse, type Verdict, verdictOf } from './verdict.ts';

export interface AssertionPolicy extends ReleasePolicy {
  /** The app id that the key was attested for, `TEAMID.bundle.id`. */
  appId: string;
}

export interface AppAssertion extends Release {
  counter: number;
}

export type AppAssertionRefusal =
  | AuthenticatorDataRefusal
  | 'counter-missing'
  | 'counter-replay'
  | 'key-type'
  | 'signature-invalid'
  | 'too-large';

const longest = 2048;

/**
 * AS1 to AS5. Who calls it looks up the key by its id (AS7), stores the counter by one conditional write (AS4) and
 * has compared the client data (AS6). There is no memory of signatures: (r, n-s) verifies too, the counter decides (AS8).
 */
export const verifyAppAssertion = (
  input: {
    assertion: Uint8Array;
    /** SHA-256 of the client data as received. */
    clientDataHash: Uint8Array;
    /** The attested key, 65 bytes. */
    point: Uint8Array;
    /** Nothing stored is refused (G5). */
    storedCounter: number | null | undefined;
  },
  policy: AssertionPolicy,
): Verdict<AppAssertion, AppAssertionRefusal> =>
  verdictOf(() => {
    need(input.assertion.length <= longest, 'too-large');
    // AS1. The signature is strict DER too: OpenSSL writes what it has read and compares.
    const fields = mapOf(readCbor(input.assertion), ['signature', 'authenticatorData']);
    const signature = bytesIn(fields, 'signature');
    const authenticatorData = bytesIn(fields, 'authenticatorData');
    const { rpIdHash, counter, rest } = readHead(authenticatorData);
    // AS2: the nonce is the message, so it is hashed once more.
    const nonce = createHash('sha256').update(authenticatorData).update(input.clientDataHash).digest();
    const key = keyAt(bufferOf(input.point)) ?? refuse('key-type');
    need(isSignedInDer(nonce, key, signature), 'signature-invalid');
    // AS3
    appIdOf(rpIdHash, [policy.appId]);
    // AS4
    const { storedCounter } = input;
    need(Number.isSafeInteger(storedCounter) && (storedCounter as number) >= 0, 'counter-missing');
    need(counter > (storedCounter as number), 'counter-replay');
    // AS5
    return { counter, ...releaseOf(rest, policy) };
  });
