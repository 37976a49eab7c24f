import { currentKey, isSameText, type KeyGenerations, macOf } from '#core/shared/key-generations.ts';

/** What a passed challenge is good for: one version of one block, by one driver on one phone. */
export interface ClearanceFacts {
  challengeId: string;
  driverId: string;
  /** None where a login stands for a phone. */
  deviceId?: string;
  blockId: string;
  version: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

const separator = '~';

/** The same challenge always gives the same text, so that a repeated answer gets the same clearance. */
export const signClearance = (keys: KeyGenerations, facts: ClearanceFacts): string => {
  const message = [
    keys.current,
    facts.challengeId,
    facts.driverId,
    facts.deviceId ?? '',
    facts.blockId,
    facts.version.toString(36),
    facts.expiresAt.toString(36),
  ].join(separator);
  return `${message}${separator}${macOf(currentKey(keys), `clearance|${message}`)}`;
};

export type ClearanceFault =
  | 'malformed'
  | 'foreign'
  | 'other-device'
  | 'other-block'
  | 'other-version'
  | 'expired';

/** Checks a clearance against the claim that it comes with. No call: it says all that is needed, and the claim spends it. */
export const checkClearance = (
  { keys }: KeyGenerations,
  clearance: string,
  claim: Omit<ClearanceFacts, 'challengeId' | 'expiresAt'> & { now: number },
): { status: 'valid'; challengeId: string } | { status: 'refused'; reason: ClearanceFault } => {
  const refused = (reason: ClearanceFault) => ({ status: 'refused', reason }) as const;
  const end = clearance.lastIndexOf(separator);
  const message = clearance.slice(0, Math.max(end, 0));
  const [generation = '', challengeId = '', driverId, deviceId, blockId, version, expiresAt = '', ...more] =
    message.split(separator);
  const key = keys.get(generation);
  if (!key || more.length > 0) return refused('malformed');
  if (!isSameText(clearance.slice(end + 1), macOf(key, `clearance|${message}`))) return refused('malformed');
  if (driverId !== claim.driverId) return refused('foreign');
  if (deviceId !== (claim.deviceId ?? '')) return refused('other-device');
  if (blockId !== claim.blockId) return refused('other-block');
  if (version !== claim.version.toString(36)) return refused('other-version');
  if (Number.parseInt(expiresAt, 36) <= claim.now) return refused('expired');
  return { status: 'valid', challengeId };
};
