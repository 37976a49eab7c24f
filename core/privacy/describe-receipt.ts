import type { ErasureReason, ErasureReceipt } from '#contract/receipts.ts';
import type { ReceiptRefusal } from './verify-receipt.ts';

const reasons: Readonly<Record<ErasureReason, string>> = {
  asked: 'the driver asked for it',
  'consent-withdrawn': 'the driver withdrew consent',
  offboarded: 'the account was closed by the operator',
  left: 'the driver closed the account',
  expired: 'the time for which it could be kept was over',
};

const refusals: Readonly<Record<ReceiptRefusal, string>> = {
  malformed: 'it is no signed text of three parts, or a character of it was changed, added or lost',
  'other-type': 'it is not a receipt of an erasure',
  'other-algorithm': 'it is signed in another way than receipts are',
  'other-header': 'its header is not written as receipts are',
  'unknown-key': 'the key that it names is not among the keys given',
  'unusable-key': 'the keys given hold something else under the name of its key',
  'other-signature':
    'the signature does not belong to this text: something was changed, or another key signed it',
  'other-form': 'it is signed, but says something that this version does not understand',
};

export const describeRefusal = (reason: ReceiptRefusal): string => refusals[reason];

/** To the minute, in UTC. */
const timeOf = (instant: string): string =>
  `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const listOf = (lines: readonly string[]): string[] => (lines.length === 0 ? ['  nothing'] : [...lines]);

/** A receipt in plain words, for a terminal. */
export const describeReceipt = (receipt: ErasureReceipt): string =>
  [
    `Receipt ${receipt.receiptId} for the person known as ${receipt.subject}`,
    `Asked for:  ${timeOf(receipt.requestedAt)}`,
    `Erased:     ${timeOf(receipt.erasedAt)}`,
    `Reason:     ${reasons[receipt.reason]}`,
    '',
    'Deleted:',
    ...listOf(receipt.deleted.map(({ what, count }) => `  ${count} x ${what}`)),
    `The key that it was encrypted with was destroyed: ${timeOf(receipt.keyDestroyedAt)}`,
    '',
    'Kept:',
    ...listOf(
      receipt.kept.flatMap(({ what, why, until }) => [
        `  ${what}`,
        `    why:   ${why}`,
        `    until: ${timeOf(until)}`,
      ]),
    ),
    '',
    'Backups:',
    `  ${receipt.backupHorizon.what}`,
    `    until: ${timeOf(receipt.backupHorizon.until)}`,
  ].join('\n');
