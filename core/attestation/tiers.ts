import type { KeyAttestationWeakness } from './key-attestation.ts';
import {
  type PlayForgery,
  type PlayIntegrityPolicy,
  type PlayVerdict,
  type PlayWeakness,
  weaknessesOf,
} from './play-integrity.ts';

/** A claims normally, B at a lower rate, C browses and claims after a human check, D only browses. */
export type Tier = 'A' | 'B' | 'C' | 'D';

export type KeyEvidence =
  | { status: 'verified' }
  | { status: 'weak'; reason: KeyAttestationWeakness }
  | { status: 'none' };

export type PlayEvidence =
  /** The stage has no Play Integrity. */
  | { status: 'not-configured' }
  | { status: 'not-sent' }
  /** For a reason of PlayForgery or ClassicTokenRefusal, of Google's server, or because it was used before. */
  | { status: 'refused'; reason: string }
  | { status: 'verified'; facts: PlayVerdict; policy: PlayIntegrityPolicy };

export type Evidence =
  /** App Attest holds: nothing is weak or missing. */
  { platform: 'ios' } | { platform: 'android'; key: KeyEvidence; play: PlayEvidence };

/** Why a device is in no better tier: each cause has one of its own. */
interface Cause {
  tier: Tier;
  reason: string;
}

/** Signs of another app or of a test, beyond a token that came late or broke on its way. */
const forgeries: ReadonlySet<string> = new Set<PlayForgery>([
  'other-request-package',
  'other-package',
  'other-app-certificate',
  'testing-response',
]);

/** The worst that a verdict's weakness leaves. `device-integrity` is told apart by label instead. */
const tierOfWeakness: Record<Exclude<PlayWeakness, 'device-integrity'>, Tier> = {
  'app-unrecognised': 'D',
  'app-version-low': 'D',
  'device-recalled': 'D',
  'not-licensed': 'C',
  'device-activity': 'C',
  'play-protect': 'C',
  'app-access-risk-missing': 'C',
  // A person's accessibility tool is no guilt: somebody looks before the first claim.
  'controlling-app': 'C',
};

const lastSdkWithoutHardwareProof = 32;

const integrityOf = ({ labels }: PlayVerdict): Cause[] => {
  if (labels.has('MEETS_VIRTUAL_INTEGRITY')) return [{ tier: 'D', reason: 'virtual-device' }];
  if (labels.has('MEETS_STRONG_INTEGRITY')) return [];
  if (labels.has('MEETS_DEVICE_INTEGRITY')) return [{ tier: 'B', reason: 'no-strong-integrity' }];
  return [
    { tier: 'D', reason: labels.has('MEETS_BASIC_INTEGRITY') ? 'basic-integrity-only' : 'no-integrity' },
  ];
};

const causesInVerdict = (facts: PlayVerdict, policy: PlayIntegrityPolicy): Cause[] => {
  // A steering app counts here whether or not the policy refuses it outright.
  const weaknesses = weaknessesOf(facts, { ...policy, rejectControlling: true, requireDeviceLabels: [] });
  return [
    ...integrityOf(facts),
    ...weaknesses.flatMap((reason) =>
      reason === 'device-integrity' ? [] : [{ tier: tierOfWeakness[reason], reason }],
    ),
  ];
};

const causesInPlay = (play: PlayEvidence): Cause[] => {
  switch (play.status) {
    case 'not-configured':
      return [{ tier: 'B', reason: 'play-not-configured' }];
    case 'not-sent':
      return [{ tier: 'C', reason: 'play-not-sent' }];
    case 'refused':
      return [{ tier: forgeries.has(play.reason) ? 'D' : 'C', reason: `play-${play.reason}` }];
    case 'verified':
      return causesInVerdict(play.facts, play.policy);
  }
};

/** Old phones whose hardware attests nothing may browse on Google's word alone. */
const standsWithoutKey = (play: PlayEvidence): boolean =>
  play.status === 'verified' &&
  play.facts.sdkVersion !== undefined &&
  play.facts.sdkVersion <= lastSdkWithoutHardwareProof;

const causesInKey = (key: KeyEvidence, play: PlayEvidence): Cause[] => {
  if (key.status === 'verified') return [];
  if (key.status === 'weak') return [{ tier: 'D', reason: key.reason }];
  return [{ tier: standsWithoutKey(play) ? 'C' : 'D', reason: 'key-attestation-missing' }];
};

/** The tier of the worst cause, and every cause that keeps a device from a better one. */
export const tierOf = (evidence: Evidence): { tier: Tier; reasons: string[] } => {
  const causes =
    evidence.platform === 'ios'
      ? []
      : [...causesInKey(evidence.key, evidence.play), ...causesInPlay(evidence.play)];
  const tier = causes.reduce<Tier>((worst, cause) => (cause.tier > worst ? cause.tier : worst), 'A');
  return { tier, reasons: [...new Set(causes.map(({ reason }) => reason))] };
};
