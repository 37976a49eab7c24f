import { createHash } from 'node:crypto';
import type { Device, Evidence } from './device.ts';
import type { Alongside } from './devices-store.ts';
import type { AcceptedEvidence, EnrolmentBody } from './evidence.ts';

/** AK9: an older list vouches for nobody. */
export const statusListLifetimeMs = 86_400_000;
/** RC5. */
const firstReceiptRefreshMs = 86_400_000;

/** Of all that identifies a phone: another attested key under the same proof key is another phone. */
export const deviceIdOf = (
  accountId: string,
  { platform, keyId = '' }: EnrolmentBody,
  jkt: string,
): string => {
  const attested = Buffer.from(keyId, 'base64').toString('base64url');
  const parts = ['device', accountId, platform, jkt, attested];
  return createHash('sha256').update(parts.join('|')).digest('base64url').slice(0, 22);
};

/** What becomes of a phone's evidence in its record. */
export const toEvidence = (
  { tier, reasons, facts, serials, ios }: AcceptedEvidence,
  { platform }: EnrolmentBody,
  names: { deviceId: string; jkt: string; requestId: string },
  now: number,
): Evidence => ({
  ...names,
  platform,
  tier,
  reasons,
  attestedAt: now,
  serials,
  evidence: facts,
  ...(ios && { assertionKey: ios.assertionKey, appId: ios.appId }),
});

/** What is written with it: its keys, its serials, its receipt, and the mail to its driver. */
export const enrolmentAlongside = (
  { serials, needsStatusList, ios }: AcceptedEvidence,
  device: Device,
  now: number,
): Alongside => ({
  at: now,
  notice: {
    kind: device.status === 'pending-approval' ? 'pending' : 'enrolled',
    deviceId: device.deviceId,
    platform: device.platform,
  },
  enrolled: {
    deviceId: device.deviceId,
    requestId: device.requestId,
    keys: [
      { kind: 'jkt', key: device.jkt },
      ...(ios ? [{ kind: 'app-attest' as const, key: ios.keyId }] : []),
    ],
    serials,
    ...(needsStatusList && { statusListSince: now - statusListLifetimeMs }),
    ...(ios && {
      counter: ios.counter,
      receipt: { receipt: ios.receipt, refreshAt: now + firstReceiptRefreshMs },
    }),
  },
});
