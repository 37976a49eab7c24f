import { createHash } from 'node:crypto';
import { playKeys } from './play-signer.ts';
import { rootCertificates, rootKeys } from './test-roots.ts';

/** What a stage must be configured with to trust the software phones. TEST ONLY. */
export const testAnchors = {
  /** Base64 DER. */
  appAttestRoots: [rootCertificates.appAttest],
  receiptRoots: [rootCertificates.receipt],
  /** SHA-256 of the SPKI, hex. */
  keyAttestationRootPins: [createHash('sha256').update(rootKeys.keyAttestation().spki).digest('hex')],
  /** Base64, as the Play Console shows them: an AES-256 key and a P-256 SPKI. */
  play: playKeys(),
};
