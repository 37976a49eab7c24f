import { hkdfSync } from 'node:crypto';
import type { KeysGateway } from '#core/shared/keys-gateway.ts';
import type { DriverKeysStore, WrappedKey } from './driver-keys-store.ts';

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

/** The driver's key; made, if this is the first photo. */
export const openOrCreateKey = async (
  deps: DriverKeysDeps,
  driverId: string,
  subject: string,
): Promise<DriverKey | undefined> => {
  const found = await deps.keys.find(driverId);
  if (found) return found.subject === subject ? unwrap(deps, found) : undefined;
  const { plaintext, wrapped } = await deps.wrapping.generateDataKey(deps.wrappingKeyId, context(subject));
  plaintext.fill(0);
  const kept = await deps.keys.create(driverId, { subject, wrapped });
  return kept?.subject === subject ? unwrap(deps, kept) : undefined;
};
