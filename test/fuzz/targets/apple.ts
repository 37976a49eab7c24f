import { sign } from 'node:crypto';
import { verifyAppAssertion } from '#core/attestation/app-attest-assertion.ts';
import { verifyAppAttestation } from '#core/attestation/app-attest-attestation.ts';
import { type ReceiptInput, verifyReceipt } from '#core/attestation/app-attest-receipt.ts';
import { type CborMap, readCbor } from '#core/attestation/cbor.ts';
import type { Certificate } from '#core/attestation/certificate.ts';
import { iosAppId } from '#phone/app-identity.ts';
import { attestReceipt, receiptSigner, signReceipt } from '#phone/apple-receipt.ts';
import { writeCbor } from '#phone/cbor.ts';
import { ecdsaWith } from '#phone/certificate.ts';
import { integer, nothing, octets, oid, sequence, set, tagged, tlv } from '#phone/der.ts';
import { isEqual, seedOnly, signedBy, type Target } from '../target.ts';
import { nodesOf, treeOf, write } from '../tree.ts';
import {
  anIphone,
  attestationPolicy,
  now,
  release,
  roots,
  sha256,
  signWithAttestedKey,
  textOf,
} from './context.ts';
import { genuine } from './genuine.ts';

const clientData = Buffer.from('{"v":1,"challenge":"TEST ONLY","account":"driver-1","jkt":"TEST ONLY"}');
const clientDataHash = sha256(clientData);
const phone = anIphone();
const keyId = Buffer.from(phone.keyId, 'base64');
const nothingKnown = Buffer.alloc(0);
const lenient = { validationCategories: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], allowMissingCategory: true };

/** The receipt is judged too: nothing in the attestation vouches for it. */
const verifyBoth = (
  input: Parameters<typeof verifyAppAttestation>[0],
  policy: Parameters<typeof verifyAppAttestation>[1],
  receiptRoots: readonly Certificate[],
  at: number,
) => {
  const verdict = verifyAppAttestation(input, policy, at);
  if (verdict.status === 'refused') return verdict;
  const { receipt, leaf, ...facts } = verdict.facts;
  const { environment } = policy;
  const expected = { appIds: policy.appIds, attestedLeaf: leaf, expectType: 'ATTEST', environment } as const;
  const said = verifyReceipt({ receipt, ...expected }, receiptRoots, at);
  if (said.status === 'refused') return said;
  return { status: 'verified', facts: { ...facts, leaf, receipt: said.facts } };
};

/**
 * The members of the outer maps may stand in any order, and a receipt's envelope is BER: lengths and chunks can be
 * written otherwise, its root certificate may be missing. What is signed, and all that is read of it, is the same.
 */
const attestationOf = (
  id: string,
  attestation: Buffer,
  verify: (attestation: Buffer) => { status: string; facts?: unknown },
) => {
  const { facts } = verify(attestation);
  return seedOnly(
    id,
    [attestation],
    ([given = nothingKnown]) => verify(given),
    (_, verdict) => isEqual(verdict.facts, facts),
  );
};

const receiptOf = (id: string, receipt: Buffer, input: Omit<ReceiptInput, 'receipt'>, at = now) => {
  const { anchors, ...expected } = { anchors: roots.receipt, ...input };
  const verify = (given: Buffer) => verifyReceipt({ receipt: given, ...expected }, anchors, at);
  const due = verify(receipt);
  return seedOnly(
    id,
    [receipt],
    ([given = nothingKnown]) => verify(given),
    (_, verdict) => due.status === 'verified' && isEqual(verdict.facts, due.facts),
  );
};

/** The map may be written in another order; both of its members are the seed's. */
const assertionOf = (id: string, assertion: Buffer, verify: (given: Buffer) => { status: string }) =>
  seedOnly(
    id,
    [assertion],
    ([given = nothingKnown]) => verify(given),
    ([given = nothingKnown]) => {
      const [one, other] = [readCbor(given) as CborMap, readCbor(assertion) as CborMap];
      return isEqual(new Map([...one].sort()), new Map([...other].sort()));
    },
  );

const made = phone.attest({ clientData });
const older = anIphone(false).attest({ clientData });
const asserted = phone.assert(clientData);
const olderAsserted = anIphone(false).assert(clientData);

const ours = (attestation: Uint8Array) =>
  verifyBoth({ attestation, clientDataHash, keyId }, attestationPolicy, roots.receipt, now);
const isOurs = (assertion: Uint8Array, hash = clientDataHash) =>
  verifyAppAssertion(
    { assertion, clientDataHash: hash, point: phone.point, storedCounter: 0 },
    { ...release, appId: iosAppId },
  );

const leafExtensions = (attested: typeof made): Buffer[] => {
  const list = nodesOf(treeOf(attested.leaf) as NonNullable<ReturnType<typeof treeOf>>).find(
    ({ node }) => node.lead[0] === 0xa3,
  );
  return (list?.node.kids?.[0]?.kids ?? []).map(write);
};

/** Whoever broke into Apple's signer, or Apple itself in the next iOS, signs what it likes; our reader must stand it. */
const signedAttestation = ([authData = nothingKnown, extensions = nothingKnown]: readonly Buffer[]) =>
  ours(
    phone.attest(
      { clientData },
      {
        authData,
        leafExtensions: (all) => [
          ...all.slice(0, 2),
          ...(extensions.length ? [extensions] : []),
          all[4] as Buffer,
        ],
      },
    ).attestation,
  );

const heads = (authData: Buffer) =>
  authData.subarray(0, 32).equals(made.authData.subarray(0, 32)) &&
  authData.subarray(33, 87 + 77).equals(made.authData.subarray(33, 87 + 77))
    ? undefined
    : 'app, counter, key or environment are not what they must be';

const receiptFields = attestReceipt(
  { appId: iosAppId, attestedCertificate: made.leaf, clientHash: clientDataHash, environment: 'production' },
  now,
);
const contentOfReceipt = (() => {
  const tree = treeOf(signReceipt(receiptFields)) as NonNullable<ReturnType<typeof treeOf>>;
  const chunks = nodesOf(tree).find(({ node }) => node.lead[0] === 0x24)?.node.kids ?? [];
  return Buffer.concat(
    chunks.map((chunk) => (chunk.kids ? Buffer.concat(chunk.kids.map(write)) : chunk.bytes)),
  );
})();

const signedReceipt = (content: Buffer): Buffer => {
  const { authority, issuer, serial } = receiptSigner();
  const digest = sequence(oid('2.16.840.1.101.3.4.2.1'), nothing());
  const signature = octets(sign('sha256', content, authority.key.privateKey));
  const signer = sequence(
    integer(1),
    sequence(issuer, integer(serial)),
    digest,
    ecdsaWith('sha256'),
    signature,
  );
  const encapsulated = sequence(oid('1.2.840.113549.1.7.1'), tagged(0, octets(content)));
  return sequence(
    oid('1.2.840.113549.1.7.2'),
    tagged(0, sequence(integer(1), set(digest), encapsulated, tlv(0xa0, ...authority.chain), set(signer))),
  );
};

const receiptExpectation = { appIds: [iosAppId], attestedLeaf: made.leaf } as const;

export const appleTargets: Target[] = [
  {
    name: 'app-attest-attestation',
    seeds: [
      attestationOf('ios-27', made.attestation, ours),
      attestationOf('ios-18', older.attestation, ours),
      ...genuine.attestations.map(({ id, attestation, at, roots: anchors, ...context }) =>
        attestationOf(id, attestation, (given) =>
          verifyBoth(
            { attestation: given, clientDataHash: context.clientDataHash, keyId: context.keyId },
            { ...lenient, ...context, roots: anchors, platforms: ['iphoneos', 'macosx'] },
            genuine.receiptRoots,
            at,
          ),
        ),
      ),
    ],
  },
  {
    name: 'app-attest-attestation, signed',
    seeds: [
      signedBy(
        'ios-27',
        [Buffer.from(made.authData), Buffer.concat(leafExtensions(made).slice(2, 4))],
        signedAttestation,
        ([authData = nothingKnown]) => heads(authData),
      ),
    ],
  },
  {
    name: 'app-attest-assertion',
    seeds: [
      assertionOf('ios-27', asserted.assertion, isOurs),
      assertionOf('ios-18', olderAsserted.assertion, isOurs),
      ...genuine.assertions.map(({ id, assertion, expected, appId }) =>
        assertionOf(id, assertion, (given) =>
          verifyAppAssertion({ assertion: given, ...expected }, { ...lenient, appId }),
        ),
      ),
    ],
  },
  {
    name: 'app-attest-assertion, signed',
    seeds: [
      signedBy(
        'ios-27',
        [asserted.authenticatorData],
        ([data = nothingKnown]) => {
          const signature = signWithAttestedKey(sha256(data, clientDataHash));
          const members = new Map([
            ['signature', signature],
            ['authenticatorData', data],
          ]);
          return isOurs(writeCbor(members));
        },
        ([data = nothingKnown]) =>
          data.subarray(0, 32).equals(sha256(iosAppId)) && data.readUInt32BE(33) > 0
            ? undefined
            : 'another app, or no counter',
      ),
    ],
  },
  {
    name: 'receipt',
    seeds: [
      receiptOf('attest', Buffer.from(made.receipt), receiptExpectation),
      receiptOf(
        'refreshed',
        signReceipt({ ...receiptFields, type: 'RECEIPT', riskMetric: '2', notBefore: now }),
        receiptExpectation,
      ),
      ...genuine.receiptsInContext.map(({ id, receipt, appIds, roots: anchors, at }) =>
        receiptOf(id, receipt, { appIds, ...{ anchors } }, at),
      ),
    ],
  },
  {
    name: 'receipt, signed',
    seeds: [
      signedBy(
        'attest',
        [contentOfReceipt],
        ([content = nothingKnown]) =>
          verifyReceipt({ receipt: signedReceipt(content), ...receiptExpectation }, roots.receipt, now),
        ([content = nothingKnown]) =>
          textOf(content).includes(iosAppId) && content.includes(made.leaf)
            ? undefined
            : 'another app or another key',
      ),
    ],
  },
];
