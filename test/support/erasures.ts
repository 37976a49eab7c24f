import { expect } from 'vitest';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { verifyReceipt } from '#core/privacy/verify-receipt.ts';
import { aDriver, aWaitingCheck, type IdentityWorld } from './identity.ts';

/** An erasure that is asked for, and not gone on with. */
export const request = async ({ deps }: IdentityWorld, { driverId }: { driverId: string }) => {
  const outcome = await requestErasure(deps, { driverId, reason: 'asked' });
  if (outcome.status !== 'requested') throw new Error(outcome.code);
  return { driverId, ...outcome.erasure };
};
/** One that is done. */
export const erase = async (here: IdentityWorld, driver: { driverId: string }) => {
  const erasure = await request(here, driver);
  expect(await finishErasure(here.deps, erasure)).toBe('done');
  return erasure;
};
/** A driver of whom everything is stored that can be: references, a photo for a person, hashes, and a session. */
export const aStoredDriver = async (here: IdentityWorld) => {
  const driver = await aDriver(here, { references: 2 });
  await driver.send(await driver.openCheck(), await driver.photo());
  const checkId = await aWaitingCheck(driver);
  const { subject = '', epoch } = await driver.profile();
  await here.deps.sessions.create({
    ...driver.sender,
    sessionId: 'a session',
    epoch,
    expiresAt: here.clock.at,
  });
  return { ...driver, checkId, subject };
};
export const keySet = async ({ deps }: IdentityWorld) => ({
  keys: [await deps.signing.publicKey(deps.signingKeyId)],
});
/** What a driver's receipts say. */
export const receiptsOf = async (here: IdentityWorld, { driverId }: { driverId: string }) => {
  const [kept, keys] = [await here.deps.erasures.receipts(driverId), await keySet(here)];
  return kept.map(({ receipt }) => {
    const verified = verifyReceipt(receipt, keys);
    if (verified.status !== 'verified') throw new Error(verified.reason);
    return verified.payload;
  });
};
