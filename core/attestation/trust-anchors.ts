import type { TestAnchors } from '#contract/device-policy.ts';
import { type Certificate, readCertificate, sha256 } from './certificate.ts';

/** Whom evidence must lead back to. */
export interface TrustAnchors {
  appAttestRoots: readonly Certificate[];
  receiptRoots: readonly Certificate[];
  /** SHA-256 of public keys in hex: Google certified one of its keys several times. */
  keyAttestationPins: ReadonlySet<string>;
}

/** https://www.apple.com/certificateauthority/private/ and https://www.apple.com/certificateauthority/ */
const apple = {
  // Apple App Attestation Root CA, to 2045.
  appAttest:
    'MIICITCCAaegAwIBAgIQC/O+DvHN0uD7jG5yH2IXmDAKBggqhkjOPQQDAzBSMSYwJAYDVQQDDB1BcHBsZSBBcHAgQXR0ZXN0' +
    'YXRpb24gUm9vdCBDQTETMBEGA1UECgwKQXBwbGUgSW5jLjETMBEGA1UECAwKQ2FsaWZvcm5pYTAeFw0yMDAzMTgxODMyNTNa' +
    'Fw00NTAzMTUwMDAwMDBaMFIxJjAkBgNVBAMMHUFwcGxlIEFwcCBBdHRlc3RhdGlvbiBSb290IENBMRMwEQYDVQQKDApBcHBs' +
    'ZSBJbmMuMRMwEQYDVQQIDApDYWxpZm9ybmlhMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAERTHhmLW07ATaFQIEVwTtT4dyctdh' +
    'NbJhFs/Ii2FdCgAHGbpphY3+d8qjuDngIN3WVhQUBHAoMeQ/cLiP1sOUtgjqK9auYen1mMEvRq9Sk3Jm5X8U62H+xTD3FE9T' +
    'gS41o0IwQDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBSskRBTM72+aEH/pwyp5frq5eWKoTAOBgNVHQ8BAf8EBAMCAQYw' +
    'CgYIKoZIzj0EAwMDaAAwZQIwQgFGnByvsiVbpTKwSga0kP0e8EeDS4+sQmTvb7vn53O5+FRXgeLhpJ06ysC5PrOyAjEAp5U4' +
    'xDgEgllF7En3VcE3iexZZtKeYnpqtijVoyFraWVIyd/dganmrduC1bmTBGwD',
  // Apple Root CA - G3, to 2039: signs receipts.
  receipts:
    'MIICQzCCAcmgAwIBAgIILcX8iNLFS5UwCgYIKoZIzj0EAwMwZzEbMBkGA1UEAwwSQXBwbGUgUm9vdCBDQSAtIEczMSYwJAYD' +
    'VQQLDB1BcHBsZSBDZXJ0aWZpY2F0aW9uIEF1dGhvcml0eTETMBEGA1UECgwKQXBwbGUgSW5jLjELMAkGA1UEBhMCVVMwHhcN' +
    'MTQwNDMwMTgxOTA2WhcNMzkwNDMwMTgxOTA2WjBnMRswGQYDVQQDDBJBcHBsZSBSb290IENBIC0gRzMxJjAkBgNVBAsMHUFw' +
    'cGxlIENlcnRpZmljYXRpb24gQXV0aG9yaXR5MRMwEQYDVQQKDApBcHBsZSBJbmMuMQswCQYDVQQGEwJVUzB2MBAGByqGSM49' +
    'AgEGBSuBBAAiA2IABJjpLz1AcqTtkyJygRMc3RCV8cWjTnHcFBbZDuWmBSp3ZHtfTjjTuxxEtX/1H7YyYl3J6YRbTzBPEVoA' +
    '/VhYDKX1DyxNB0cTddqXl5dvMVztK517IDvYuVTZXpmkOlEKMaNCMEAwHQYDVR0OBBYEFLuw3qFYM4iapIqZ3r6966/ayySr' +
    'MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49BAMDA2gAMGUCMQCD6cHEFl4aXTQY2e3v9GwOAEZL' +
    'uN+yRhHFD/3meoyhpmvOwgPUnPWTxnS4at+qIxUCMG1mihDK1A3UT82NQz60imOlM27jbdoXt2QfyFMm+YhidDkLF1vLUagM' +
    '6BgD56KyKA==',
} as const;

/** https://developer.android.com/privacy-and-security/security-key-attestation#root_certificate */
const googlePins = [
  // RSA f92009e853b6b045: every certificate of this key.
  'feb2ea7551ee316ed4bb443c8293b884dbfdea40b603ee3e4f4a897e4580fbae',
  // EC P-384 Key Attestation CA1, to 2035.
  '3ee44512a1af2beb39c889490c60ea3f82e43f5d5a5532f5ab9419f676cd07ec',
] as const;

const certificate = (base64: string) => readCertificate(Buffer.from(base64, 'base64'));

/** A stage is configured to trust what it must not: the function does not start. */
export class UntrustedConfiguration extends Error {}

/** What a stage is configured with, as far as production must not have it. */
export interface StageTrust {
  name: string;
  isProduction: boolean;
  ios?: { environment: string; validationCategories: readonly number[] } | undefined;
  testAnchors?: TestAnchors | undefined;
}

/** Of the App Store; 2 is TestFlight. */
const appStoreCategory = 4;

const faultOf = ({ name, isProduction, ios, testAnchors }: StageTrust): string | undefined => {
  if (testAnchors && (name !== 'local' || isProduction)) return 'test anchors belong to the local stage';
  if (!isProduction || !ios) return undefined;
  if (ios.environment !== 'production') return 'production takes no development phones';
  return ios.validationCategories.some((category) => category !== appStoreCategory)
    ? 'production takes apps of the App Store only'
    : undefined;
};

/**
 * The built-in roots, and in the local stage those of software phones beside them. Any other stage refuses to start
 * with test anchors: whoever has their keys, and everybody has, could make phones.
 */
export const trustAnchors = (stage: StageTrust): TrustAnchors => {
  const fault = faultOf(stage);
  if (fault) throw new UntrustedConfiguration(fault);
  const test = stage.testAnchors;
  return {
    appAttestRoots: [apple.appAttest, ...(test?.appAttestRoots ?? [])].map(certificate),
    receiptRoots: [apple.receipts, ...(test?.receiptRoots ?? [])].map(certificate),
    keyAttestationPins: new Set([...googlePins, ...(test?.keyAttestationRootPins ?? [])]),
  };
};

/** SHA-256 of certificate and key, to compare with what the makers publish. */
export const pinsOf = ({ der, spki }: Certificate) => ({
  certificate: sha256(der).toString('hex'),
  key: sha256(spki).toString('hex'),
});
