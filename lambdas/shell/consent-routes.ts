import * as contract from '#contract/identity.ts';
import { addReference } from '#core/identity/add-reference.ts';
import { describeIdentity } from '#core/identity/describe-identity.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { giveConsent } from '#core/identity/give-consent.ts';
import { on } from '../http.ts';
import type { deployedIdentity } from './deployed-identity.ts';
import { consented, erasing, referenceAdded, senderOf } from './identity-answers.ts';

type Deps = ReturnType<typeof deployedIdentity>;

/** What a driver agrees to, what is kept of it, and the end of it. */
export const consentRoutes = (deps: Deps, recordRetentionDays: number) => [
  on(contract.getIdentity)(async ({ caller }) => {
    const [state, profile] = await Promise.all([deps.faceChecks(), deps.profiles.read(caller.accountId)]);
    const body = describeIdentity(deps.policy, state, profile, recordRetentionDays, deps.now());
    return { status: 200, body };
  }),
  on(contract.putConsent)(async (call) =>
    consented(await giveConsent(deps, { ...senderOf(call), ...call.body })),
  ),
  on(contract.withdrawConsent)(async (call) =>
    erasing(await requestErasure(deps, { ...senderOf(call), reason: 'consent-withdrawn' })),
  ),
  on(contract.eraseIdentity)(async (call) =>
    erasing(await requestErasure(deps, { ...senderOf(call), reason: 'asked' })),
  ),
  on(contract.addReference)(async (call) =>
    referenceAdded(
      await addReference(deps, { ...senderOf(call), sent: Buffer.from(call.body), takenBy: 'photo' }),
    ),
  ),
];
