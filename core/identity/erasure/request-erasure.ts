import type { ErasureReason } from '#contract/receipts.ts';
import { maxTries, pause } from '#core/shared/tries.ts';
import type { DriverKeysStore } from '../driver-keys-store.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { newId } from '../keys.ts';
import { type PendingErasure, withoutFace } from '../profile.ts';

export type ErasureOutcome =
  | { status: 'requested'; erasure: PendingErasure }
  | { status: 'refused'; code: 'try-again' };

/**
 * Destroys the driver's key and ends consent and references, in one transaction: from its answer on nothing can be read,
 * whatever is still to be deleted. An erasure that is under way is not begun twice, nor one with nothing left to erase.
 */
export const requestErasure = async (
  deps: Pick<IdentityDeps, 'profiles' | 'now' | 'random' | 'sleep'> & {
    driverKeys: { keys: Pick<DriverKeysStore, 'find'> };
  },
  { driverId, reason }: { driverId: string; reason: ErasureReason },
): Promise<ErasureOutcome> => {
  const requestedAt = deps.now();
  const erasure = { erasureId: newId(), requestedAt };
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const profile = await deps.profiles.read(driverId);
    const ends = reason === 'offboarded' || reason === 'left';
    if (profile.erasing && (profile.closed || !ends))
      return { status: 'requested', erasure: profile.erasing };
    if (profile.erasing) {
      const answer = await deps.profiles.change(profile, { ...profile, closed: true });
      if (answer.status === 'changed') return { status: 'requested', erasure: profile.erasing };
    } else {
      const { subject, consent, references } = profile;
      const hadKey = (await deps.driverKeys.keys.find(driverId)) !== undefined;
      const isEmpty = !consent && !subject && references.length === 0 && !hadKey;
      if (isEmpty && profile.lastErasure && (profile.closed || !ends))
        return { status: 'requested', erasure: profile.lastErasure };
      const answer = await deps.profiles.erase(profile, withoutFace(profile, erasure, reason), {
        ...erasure,
        driverId,
        state: 'key-destroyed',
        reason,
        hadKey,
        references: references.map(({ referenceId, expiresAt }) => ({ referenceId, expiresAt })),
        ...(subject && { subject }),
        ...(consent && { consent }),
        deleted: {},
      });
      if (answer.status === 'changed') return { status: 'requested', erasure };
    }
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};
