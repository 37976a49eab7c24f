import { readCborAt } from './cbor.ts';
import {
  type Certificate,
  isSignedBy,
  isValidAt,
  publicKeyOf,
  readCertificate,
  sha256,
} from './certificate.ts';
import { membersOf, oidOf, readDer, universal } from './der.ts';
import { need, verdictOf } from './verdict.ts';

/** A chain of Android key attestation whose every signature leads to a pinned root. */
export interface AttestationChain {
  leaf: Certificate;
  certificates: readonly Certificate[];
  provisioning: 'factory' | 'remote';
  /** Secure hardware that the attestation certificate was made for, where it says so. */
  claims: 'TEE' | 'StrongBox' | undefined;
  certificatesIssuedIn30Days: number | undefined;
}

export const keyDescription = '1.3.6.1.4.1.11129.2.1.17';
const provisioningInfo = '1.3.6.1.4.1.11129.2.1.30';

const attributes = {
  commonName: '2.5.4.3',
  serialNumber: '2.5.4.5',
  organization: '2.5.4.10',
  title: '2.5.4.12',
};
const textTypes: ReadonlySet<number> = new Set([universal.utf8String, 0x13]);

const mostCertificates = 6;
const mostBytes = 32_768;

const readCertificates = (chain: unknown): Certificate[] => {
  // AK1.
  need(Array.isArray(chain), 'chain-malformed');
  need(chain.length >= 3 && chain.length <= mostCertificates, 'chain-length');
  const ders: unknown[] = [...chain];
  need(
    ders.every((der) => der instanceof Uint8Array),
    'chain-malformed',
  );
  need(ders.reduce((sum, der) => sum + der.length, 0) <= mostBytes, 'chain-length');
  return ders.map((der) => readCertificate(der));
};

/** The attributes of a name; nothing for one with several values at one place or one attribute twice. */
const attributesOf = (name: Buffer): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const relative of membersOf(readDer(name))) {
    const [attribute, ...others] = membersOf(relative, universal.set);
    const [type, value, ...more] = membersOf(attribute);
    need(value && others.length === 0 && more.length === 0, 'provisioning-unknown');
    const oid = oidOf(type);
    need(textTypes.has(value.identifier) && !found.has(oid), 'provisioning-unknown');
    found.set(oid, value.content.toString('utf8'));
  }
  return found;
};

/** AK4: the certificate below the root tells how the phone came to its attestation key. */
const provisioningOf = (name?: ReadonlyMap<string, string>): AttestationChain['provisioning'] => {
  need(name, 'provisioning-unknown');
  const isDroid = name.get(attributes.commonName) === 'Droid CA2';
  if (name.size === 2 && isDroid && name.get(attributes.organization) === 'Google LLC') return 'remote';
  need(name.get(attributes.serialNumber) && !name.has(attributes.commonName), 'provisioning-unknown');
  return 'factory';
};

/** Remote provisioning writes the hardware as organisation, factories as title, and early ones not at all. */
const claimOf = (
  names: readonly ReadonlyMap<string, string>[],
  provisioning: AttestationChain['provisioning'],
): AttestationChain['claims'] => {
  const attribute = provisioning === 'remote' ? attributes.organization : attributes.title;
  const values = names.map((name) => name.get(attribute));
  const claims = (['TEE', 'StrongBox'] as const).filter((claim) => values.includes(claim));
  need(claims.length <= 1, 'security-level-not-of-chain');
  return claims[0];
};

/**
 * AK3, from the pinned root downwards: no key is used before its certificate was found to be signed. Whoever sends a
 * chain would choose keys that are dear to use.
 */
const needSignatures = (certificates: readonly Certificate[]): void => {
  // A root is its own issuer: its bytes are covered as well.
  const links = certificates.map((certificate, index) => ({
    certificate,
    issuer: certificates[index + 1] ?? certificate,
  }));
  need(
    links.every(({ certificate, issuer }) => certificate.issuer.equals(issuer.subject)),
    'chain-names',
  );
  for (const { certificate, issuer } of links.reverse())
    need(isSignedBy(certificate, publicKeyOf(issuer)), 'chain-signature');
};

/** AK18: CBOR {1: number, ...}. A signal only, so what cannot be read is no refusal. */
const readIssued = (info: Buffer | undefined): number | undefined => {
  if (!info || info.length < 3 || (info[0] as number) >> 5 !== 5) return undefined;
  // Keys stand in order and 1 is the lowest; what follows holds CBOR that attestations do not use elsewhere.
  const issued = verdictOf(() => {
    const key = readCborAt(info, 1);
    return key.value === 1 ? readCborAt(info, key.end).value : undefined;
  });
  const count = issued.status === 'verified' ? issued.facts : undefined;
  return typeof count === 'number' && count >= 0 ? count : undefined;
};

/** AK1 to AK7. `now` in milliseconds since the epoch. */
export const readChain = (
  chain: readonly Uint8Array[],
  rootPins: ReadonlySet<string>,
  now: number,
): AttestationChain => {
  const certificates = readCertificates(chain);
  const [leaf, attestation] = certificates as [Certificate, Certificate];
  const root = certificates.at(-1) as Certificate;
  const authorities = certificates.slice(1);
  // AK2: by key, since phones send several certificates of one root key, expired ones too.
  const isRoot = ({ spki }: Certificate) => rootPins.has(sha256(spki).toString('hex'));
  need(isRoot(root), 'untrusted-root');
  // A root twice would stand where AK4 looks, and its name is that of a factory: expired chains would pass.
  need(!certificates.slice(0, -1).some(isRoot), 'extended-chain');
  // AK7: an attested key that signs further certificates would attest whatever its holder likes.
  need(!authorities.some(({ extensions }) => extensions.has(keyDescription)), 'extended-chain');
  need(!leaf.isCa, 'extended-chain');
  const names = certificates.slice(1, -1).map(({ subject }) => attributesOf(subject));
  const provisioning = provisioningOf(names.at(-1));
  if (provisioning === 'remote') {
    // AK6 and AK5 of remotely provisioned keys.
    need(
      authorities.every(({ isCa }) => isCa),
      'chain-authority',
    );
    need(
      authorities.every((certificate) => isValidAt(certificate, now)),
      'certificate-expired',
    );
  } else {
    // AK5 of factories: genuine locked phones send chains in which everything has expired.
    need(
      authorities.every(({ notBefore }) => now >= notBefore),
      'certificate-not-yet-valid',
    );
  }
  needSignatures(certificates);
  return {
    leaf,
    certificates,
    provisioning,
    claims: claimOf(names, provisioning),
    certificatesIssuedIn30Days: readIssued(attestation.extensions.get(provisioningInfo)),
  };
};
