import { maxTries, pause } from '#core/shared/tries.ts';
import type { IdentityDeps } from './identity-deps.ts';
import { newId } from './keys.ts';
import { type Consent, withConsent } from './profile.ts';
import { releaseOf } from './rules/release.ts';

export type ConsentOutcome =
  | { status: 'given'; consent: Consent }
  | {
      status: 'refused';
      code: 'release-outdated' | 'face-checks-off' | 'account-restricted' | 'erasure-pending' | 'try-again';
    };

const refused = (code: Extract<ConsentOutcome, { status: 'refused' }>['code']): ConsentOutcome => ({
  status: 'refused',
  code,
});

/** Notes that the driver agreed, when, and to which text. The same again changes nothing. */
export const giveConsent = async (
  deps: Pick<IdentityDeps, 'policy' | 'profiles' | 'faceChecks' | 'now' | 'random' | 'sleep'>,
  { driverId, version, sha256 }: { driverId: string; version: string; sha256?: string | undefined },
): Promise<ConsentOutcome> => {
  const release = releaseOf(deps.policy);
  if (version !== release.version || (sha256 !== undefined && sha256 !== release.sha256))
    return refused('release-outdated');
  if ((await deps.faceChecks()).state === 'off') return refused('face-checks-off');
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const profile = await deps.profiles.read(driverId);
    if (profile.closed) return refused('account-restricted');
    if (profile.erasing) return refused('erasure-pending');
    if (profile.consent?.sha256 === release.sha256) return { status: 'given', consent: profile.consent };
    const consent = { version, sha256: release.sha256, givenAt: deps.now() };
    const answer = await deps.profiles.change(profile, withConsent(profile, consent, newId()));
    if (answer.status === 'changed') return { status: 'given', consent };
    if (attempt < maxTries) await pause(deps);
  }
  return refused('try-again');
};
