import { createHash } from 'node:crypto';
import { playBinding } from './play-signer.ts';
import type { SoftwareAndroid } from './software-android.ts';
import type { AttestationOverrides, SoftwareIphone } from './software-iphone.ts';
import { silent, type Trace } from './trace.ts';

export type SoftwarePhone = SoftwareIphone | SoftwareAndroid;

/** What `POST /v1/device-challenges` answers, as far as evidence needs it. */
export interface Challenge {
  challengeId: string;
  challenge: string;
  accountId: string;
}

/** The exact bytes whose hash an iPhone has attested at its enrolment. */
export const enrolmentClientData = ({ challenge, accountId }: Challenge, jkt: string): Buffer =>
  Buffer.from(JSON.stringify({ v: 1, challenge, account: accountId, jkt }));

/** What stands before the hash that KeyMint writes into the certificate as attestationChallenge. */
export const androidChallengeText = ({ challenge, accountId }: Challenge): string =>
  `v1|android|${challenge}${accountId}enrol`;
export const androidChallenge = (challenge: Challenge): Buffer =>
  createHash('sha256').update(androidChallengeText(challenge)).digest();

export interface IphoneEvidenceOptions {
  /** Also signs the client data with the new key, which an app can do to see that it works. */
  withAssertion?: boolean;
  wrong?: Partial<AttestationOverrides>;
  trace?: Trace;
}

/** The body of `POST /v1/devices` for an iPhone. */
export const iphoneEvidence = (
  phone: SoftwareIphone,
  challenge: Challenge,
  { withAssertion = false, wrong, trace = silent }: IphoneEvidenceOptions = {},
) => {
  const clientData = enrolmentClientData(challenge, phone.dpopKey.jkt);
  const made = phone.attest({ clientData }, wrong);
  trace('App Attest: the phone attests its key (DCAppAttestService.attestKey)', {
    'client data': clientData.toString(),
    'SHA-256 of it': made.clientDataHash,
    authData: made.authData,
    'nonce in the leaf': made.nonce,
    'that is': 'SHA-256(authData || SHA-256(client data)), in extension 1.2.840.113635.100.8.2',
    'leaf certificate': made.leaf,
    'attestation (CBOR)': made.attestation,
    keyId: phone.keyId,
    'which is': 'base64(SHA-256(65-byte point of the attested key))',
  });
  return {
    challengeId: challenge.challengeId,
    platform: 'ios' as const,
    dpopJwk: phone.dpopKey.jwk,
    keyId: phone.keyId,
    attestation: made.attestation.toString('base64'),
    clientData: clientData.toString('base64'),
    ...(withAssertion ? { assertion: phone.assert(clientData).assertion.toString('base64') } : {}),
  };
};

export interface AndroidEvidenceOptions {
  /** Makes the Play Integrity token for this nonce; without it none is sent. */
  integrityToken?: ((nonce: string) => string | Promise<string>) | undefined;
  trace?: Trace;
}

/** The body of `POST /v1/devices` for an Android phone. */
export const androidEvidence = async (
  phone: SoftwareAndroid,
  challenge: Challenge,
  { integrityToken, trace = silent }: AndroidEvidenceOptions = {},
) => {
  const attestationChallenge = androidChallenge(challenge);
  const chain = phone.attest(attestationChallenge);
  trace('Key attestation: the phone makes its key (setAttestationChallenge, getCertificateChain)', {
    'hashed text': androidChallengeText(challenge),
    attestationChallenge,
    'attested key, jkt': phone.dpopKey.jkt,
    ...Object.fromEntries(chain.map((certificate, index) => [`certificate ${index}`, certificate])),
  });
  const nonce = playBinding(challenge.challenge, challenge.accountId, phone.dpopKey.jkt);
  const token = await integrityToken?.(nonce);
  if (token) {
    trace('Play Integrity: a classic token for this enrolment', {
      'hashed text': `v1|play|${challenge.challenge}${challenge.accountId}enrol${phone.dpopKey.jkt}`,
      nonce,
      token,
    });
  }
  return {
    challengeId: challenge.challengeId,
    platform: 'android' as const,
    dpopJwk: phone.dpopKey.jwk,
    certificateChain: chain.map((certificate) => certificate.toString('base64')),
    ...(token ? { integrityToken: token } : {}),
  };
};
