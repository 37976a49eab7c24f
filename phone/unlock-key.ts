import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { androidSigningDigest } from './app-identity.ts';
import { type DpopKey, dpopKey } from './dpop.ts';

/** As the local stage knows the driver app. TEST ONLY. */
export const unlockRpId = 'localhost';
const origins = {
  ios: `https://${unlockRpId}`,
  android: `android:apk-key-hash:${Buffer.from(androidSigningDigest, 'hex').toString('base64url')}`,
};

/** Fields of an assertion to write otherwise. */
export interface UnlockOverrides {
  challenge: string;
  origin: string;
  rpId: string;
  /** Present and verified: 0x05. Present only: 0x01. */
  flags: number;
  counter: number;
  /** Whatever stands after the counter. */
  tail: Uint8Array;
  /** Members of the client data; `undefined` leaves one out. */
  clientData: Record<string, unknown>;
  /** Signs instead of the key. */
  signer: KeyObject;
}

export interface UnlockKeyOptions {
  platform?: 'ios' | 'android';
  key?: DpopKey;
  /** Of a page in a web view, which is its own. */
  origin?: string;
}

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest();

/** A key that a face, a finger or a code unlocks, in memory and always unlocked. TEST ONLY. */
export const softwareUnlockKey = ({
  platform = 'ios',
  key = dpopKey(),
  origin = origins[platform],
}: UnlockKeyOptions = {}) => {
  const credentialId = randomBytes(20).toString('base64url');

  /** WebAuthn section 6.3.3, and the client data of section 5.8.1. */
  const unlock = (challenge: string, wrong: Partial<UnlockOverrides> = {}) => {
    const clientData = Buffer.from(
      JSON.stringify({
        type: 'webauthn.get',
        challenge: wrong.challenge ?? challenge,
        origin: wrong.origin ?? origin,
        ...wrong.clientData,
      }),
    );
    const head = Buffer.alloc(5);
    head.writeUInt8(wrong.flags ?? 0x05);
    head.writeUInt32BE(wrong.counter ?? 0, 1);
    const authenticatorData = Buffer.concat([
      sha256(wrong.rpId ?? unlockRpId),
      head,
      wrong.tail ?? Buffer.alloc(0),
    ]);
    const signed = Buffer.concat([authenticatorData, sha256(clientData)]);
    return {
      authenticatorData: authenticatorData.toString('base64url'),
      clientDataJson: clientData.toString('base64url'),
      signature: sign('sha256', signed, wrong.signer ?? key.privateKey).toString('base64url'),
    };
  };

  return {
    credentialId,
    publicKey: key.jwk,
    unlock,
    /** The body of `PUT /v1/devices/{deviceId}/unlock-key`: the first thing that the key signs. */
    enrolment: (accountId: string, deviceId: string, wrong: Partial<UnlockOverrides> = {}) => ({
      publicKey: key.jwk,
      credentialId,
      ...unlock(sha256(`evenfield unlock key|${accountId}|${deviceId}`).toString('base64url'), wrong),
    }),
  };
};
