import { hkdfSync } from 'node:crypto';
import type { KeysGateway } from '#core/shared/keys-gateway.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import type { DriverKeysStore, WrappedKey } from './driver-keys-store.ts';
import type { Profile } from './profile.ts';
import type { ProfileStore } from './profile-store.ts';

/** What one driver's photos are encrypted with, and what their hashes are made under. */
export interface DriverKey {
  subject: string;
  photos: Buffer;
  fingerprints: Buffer;
}

export interface DriverKeysDeps {
  keys: DriverKeysStore;
  wrapping: KeysGateway;
  /** Of the key service's key that wraps drivers' keys. */
  wrappingKeyId: string;
}

const context = (subject: string) => ({ subject });
const derive = (key: Buffer, label: string) => Buffer.from(hkdfSync('sha256', key, '', label, 32));

const opened = (subject: string, plaintext: Buffer): DriverKey => {
  const key = {
    subject,
    photos: derive(plaintext, 'photos'),
    fingerprints: derive(plaintext, 'fingerprints'),
  };
  plaintext.fill(0);
  return key;
};

const unwrap = async (deps: DriverKeysDeps, { subject, wrapped }: WrappedKey) =>
  opened(subject, await deps.wrapping.unwrap(deps.wrappingKeyId, wrapped, context(subject)));

/** The driver's key, if there is one that belongs to the subject: of an erased one nothing can be opened. */
export const openKey = async (
  deps: DriverKeysDeps,
  driverId: string,
  subject: string,
): Promise<DriverKey | undefined> => {
  const found = await deps.keys.find(driverId);
  return found?.subject === subject ? unwrap(deps, found) : undefined;
};

/**
 * The driver's key; made, if this is the first photo, and then only while consent is the one that the profile was read
 * with: an erasure in between leaves no key behind. Nothing when that ended.
 */
export const openOrCreateKey = async (
  deps: Surroundings & { driverKeys: DriverKeysDeps; profiles: Pick<ProfileStore, 'createKey'> },
  profile: Profile,
): Promise<DriverKey | undefined> => {
  const { keys, wrapping, wrappingKeyId } = deps.driverKeys;
  const { driverId, subject } = profile;
  if (subject === undefined) return undefined;
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const found = await keys.find(driverId);
    if (found) return found.subject === subject ? unwrap(deps.driverKeys, found) : undefined;
    const { plaintext, wrapped } = await wrapping.generateDataKey(wrappingKeyId, context(subject));
    plaintext.fill(0);
    const answer = await deps.profiles.createKey(profile, { subject, wrapped });
    if (answer.status === 'changed') return unwrap(deps.driverKeys, { subject, wrapped });
    if (answer.status === 'ended') return undefined;
    await pause(deps);
  }
  throw new Error('driver-keys: the key could not be kept');
};
