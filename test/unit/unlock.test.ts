import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyUnlock } from '#core/challenge/unlock/verify-unlock.ts';
import { writeCbor } from '#phone/cbor.ts';
import { dpopKey } from '#phone/dpop.ts';
import { softwareUnlockKey, type UnlockOverrides, unlockRpId } from '#phone/unlock-key.ts';

const key = softwareUnlockKey();
const challenge = randomBytes(32).toString('base64url');
const expected = {
  challenge,
  rpId: unlockRpId,
  origins: [`https://${unlockRpId}`, 'android:apk-key-hash:c2lnbmVy'],
  publicKey: key.publicKey,
};
const genuine = key.unlock(challenge);

const outcomeOf = (assertion: Partial<typeof genuine>, due: Partial<typeof expected> = {}) => {
  const verdict = verifyUnlock({ ...genuine, ...assertion }, { ...expected, ...due });
  return verdict.status === 'refused' ? verdict.reason : verdict.status;
};
const unlocked = (wrong: Partial<UnlockOverrides>) => outcomeOf(key.unlock(challenge, wrong));
const base64url = (bytes: string | Uint8Array) => Buffer.from(bytes as string).toString('base64url');
const clientData = (text: string) => outcomeOf({ clientDataJson: base64url(text) });

describe('an unlock', () => {
  it('holds when the person in front of the phone was verified', () => {
    expect(verifyUnlock(genuine, expected)).toEqual({ status: 'verified', facts: { signCount: 0 } });
  });

  it.each<[string, Partial<UnlockOverrides>]>([
    ['of an Android app', { origin: 'android:apk-key-hash:c2lnbmVy' }],
    ['of a key that is synchronised', { flags: 0x1d }],
    ['of a key that may be, and is not', { flags: 0x0d }],
    ['of a phone that counts', { counter: 7 }],
    ['with an extension that nobody asked for', { flags: 0x85, tail: writeCbor(new Map([['x', 1]])) }],
    [
      'with members that the platform adds',
      { clientData: { crossOrigin: false, androidPackageName: 'com.example.driver', more: [1] } },
    ],
  ])('holds %s', (_, different) => {
    expect(unlocked(different)).toBe('verified');
  });

  it.each<[string, Partial<UnlockOverrides>, string]>([
    ['of nobody verified', { flags: 0x01 }, 'user-not-verified'],
    ['of nobody present', { flags: 0x04 }, 'user-not-present'],
    ['backed up though it may not be', { flags: 0x15 }, 'backup-flags'],
    ['with the data of a new key', { flags: 0x45, tail: Buffer.alloc(18) }, 'attested-data'],
    ['for another challenge', { challenge: base64url('another') }, 'other-challenge'],
    ['for the same challenge in padding', { challenge: `${challenge}=` }, 'other-challenge'],
    ['without a challenge', { clientData: { challenge: undefined } }, 'other-challenge'],
    ['of another origin', { origin: `https://${unlockRpId}.example.com` }, 'other-origin'],
    ['of the origin in capitals', { origin: `https://${unlockRpId.toUpperCase()}` }, 'other-origin'],
    ['of another app', { origin: 'android:apk-key-hash:b3RoZXI' }, 'other-origin'],
    ['of a list of origins', { clientData: { origin: expected.origins } }, 'other-origin'],
    ['of a page in a foreign page', { clientData: { crossOrigin: true } }, 'cross-origin'],
    ['that names a page around it', { clientData: { topOrigin: 'https://example.com' } }, 'cross-origin'],
    ['of a new key', { clientData: { type: 'webauthn.create' } }, 'unlock-type'],
    ['for another relying party', { rpId: 'example.com' }, 'other-rp'],
    ['of another key', { signer: dpopKey().privateKey }, 'signature-invalid'],
    ['with more than it says', { tail: Buffer.alloc(1) }, 'authenticator-data-length'],
    ['with less than it says', { flags: 0x85 }, 'cbor-malformed'],
    ['with more than an extension', { flags: 0x85, tail: Buffer.from('a000', 'hex') }, 'cbor-trailing'],
    ['with an extension that is none', { flags: 0x85, tail: Buffer.from('80', 'hex') }, 'extensions'],
  ])('%s is refused', (_, wrong, reason) => {
    expect(unlocked(wrong)).toBe(reason);
  });

  it.each<[string, string, string]>([
    ['no JSON', '{', 'unlock-malformed'],
    ['a list', '[]', 'unlock-malformed'],
    ['nothing', 'null', 'unlock-malformed'],
    ['a member twice', '{"type":"webauthn.get","t\\u0079pe":"webauthn.get"}', 'unlock-malformed'],
    ['nothing of what it must', '{}', 'unlock-type'],
  ])('with client data that are %s is refused', (_, text, reason) => {
    expect(clientData(text)).toBe(reason);
  });

  it('whose parts are too short, too long, or spelled in another way is refused', () => {
    const { authenticatorData, clientDataJson, signature } = genuine;
    const short = Buffer.from(authenticatorData, 'base64url').subarray(0, 36);
    expect(outcomeOf({ authenticatorData: base64url(short) })).toBe('authenticator-data-length');
    for (const part of [
      { authenticatorData: '' },
      { authenticatorData: `${authenticatorData}=` },
      { authenticatorData: base64url(Buffer.alloc(800)) },
      { clientDataJson: base64url(Buffer.alloc(2_000)) },
      { clientDataJson: base64url(Buffer.from([0x7b, 0xff, 0x7d])) },
      { clientDataJson: ` ${clientDataJson}` },
      { signature: Buffer.from(signature, 'base64url').toString('base64').concat('=') },
      { signature: base64url(Buffer.alloc(200)) },
    ])
      expect(outcomeOf(part)).toBe('unlock-malformed');
    expect(outcomeOf({ signature: base64url(randomBytes(71)) })).toBe('signature-invalid');
  });

  it('is checked with the key of the phone, and no other', () => {
    const { publicKey } = key;
    expect(outcomeOf({}, { publicKey: dpopKey().jwk })).toBe('signature-invalid');
    const zero = base64url(Buffer.alloc(32));
    for (const [x, y] of [
      [zero, zero],
      [publicKey.y, publicKey.x],
      ['', ''],
      [publicKey.x, ''],
    ] as const)
      expect(outcomeOf({}, { publicKey: { ...publicKey, x, y } })).toBe('unlock-key');
  });

  it('with any byte of it changed is refused', () => {
    for (const [name, text] of Object.entries(genuine)) {
      const bytes = Buffer.from(text, 'base64url');
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ (1 << (at % 8));
        expect([name, at, outcomeOf({ [name]: changed.toString('base64url') })]).not.toContain('verified');
      }
    }
  });

  it('of which a part is anything at all is refused, and throws never', async () => {
    const bytes = fc.uint8Array({ maxLength: 900 }).map((some) => base64url(some));
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), bytes, fc.json().map(base64url));
    const part = fc.constantFrom(...Object.keys(genuine));
    await fc.assert(
      fc.property(part, text, (name, some) => outcomeOf({ [name]: some }) !== 'verified'),
      { numRuns: 150 },
    );
  });
});
