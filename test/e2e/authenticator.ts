import type { Page } from 'playwright-core';
import type { OpenChallenge } from './world.ts';

/** A phone's own authenticator in the browser, with the key of the challenge in it. */
export const addAuthenticator = async (
  page: Page,
  { unlockKey }: OpenChallenge,
  isUserVerified: boolean,
): Promise<void> => {
  if (!unlockKey) throw new Error('this phone has no key to unlock');
  const { credentialId, rpId, privateKey } = unlockKey;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasUserVerification: true,
      isUserVerified,
      automaticPresenceSimulation: true,
    },
  });
  await devtools.send('WebAuthn.addCredential', {
    authenticatorId,
    credential: {
      credentialId,
      rpId,
      privateKey: privateKey.toString('base64'),
      isResidentCredential: false,
      signCount: 0,
    },
  });
};
