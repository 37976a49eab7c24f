import { type Certificate, isSignedBy, publicKeyOf } from './certificate.ts';
import { contentOf, readDer, universal } from './der.ts';
import { need, refuse } from './verdict.ts';

export type ChainRefusal =
  | 'certificate-expired'
  | 'certificate-malformed'
  | 'certificate-not-yet-valid'
  | 'chain-name'
  | 'chain-not-ca'
  | 'chain-signature'
  | 'der-malformed'
  | 'key-type';

const keyUsage = '2.5.29.15';

/** RFC 5280 section 4.2.1.3: a key usage that does not say keyCertSign forbids it. */
const maySignCertificates = ({ isCa, extensions }: Certificate): boolean => {
  const usage = extensions.get(keyUsage);
  const [, bits = 0] = usage ? contentOf(readDer(usage), universal.bitString) : [0, 0x04];
  return isCa && (bits & 0x04) !== 0;
};

const needValid = ({ notBefore, notAfter }: Certificate, now: number): void => {
  need(now >= notBefore, 'certificate-not-yet-valid');
  need(now <= notAfter, 'certificate-expired');
};

/**
 * AA2, RC3: leaf, one intermediate, pinned root; Apple has no longer chains. Any intermediate under the root will do,
 * the present one ends in 2030. Returns the root.
 */
export const needAppleChain = (
  leaf: Certificate,
  intermediate: Certificate,
  roots: readonly Certificate[],
  now: number,
): Certificate => {
  need(leaf.issuer.equals(intermediate.subject), 'chain-name');
  const root = roots.find(({ subject }) => subject.equals(intermediate.issuer)) ?? refuse('chain-name');
  need(maySignCertificates(intermediate) && !leaf.isCa, 'chain-not-ca');
  needValid(leaf, now);
  needValid(intermediate, now);
  need(isSignedBy(intermediate, publicKeyOf(root)), 'chain-signature');
  need(isSignedBy(leaf, publicKeyOf(intermediate)), 'chain-signature');
  return root;
};
