import { type Receipt, verifyReceipt } from '#core/attestation/app-attest-receipt.ts';
import type { Certificate } from '#core/attestation/certificate.ts';
import type { Verdict } from '#core/attestation/verdict.ts';
import type { ExchangeReceipt } from './apple-attestation-gateway.ts';
import { type Device, findDevice, may } from './device.ts';
import type { DevicesStore } from './devices-store.ts';
import type { DueReceipt, ReceiptsStore, StoredReceipt } from './receipts-store.ts';

export interface ReceiptDeps {
  receipts: ReceiptsStore;
  store: Pick<DevicesStore, 'read'>;
  exchange: ExchangeReceipt;
  environment: 'production' | 'development';
  /** Apple Root CA - G3. */
  receiptRoots: readonly Certificate[];
  now: () => number;
  /** Of the run, so that none ends in the middle of a phone. */
  remainingMs: () => number;
}

export interface ReceiptTally {
  refreshed: number;
  tooEarly: number;
  dropped: number;
  /** By reason. */
  rejected: Record<string, number>;
  /** Why the run ended before all that was due was done. */
  ended?: string;
  /** So long the first phone that was left has been due. */
  waitingMs: number;
}

const hour = 3_600_000;
/** RC6: the metric counts 30 days, so that a week misses nothing. */
const betweenRefreshesMs = 7 * 24 * hour;
const afterTooEarlyMs = 6 * hour;
const afterRejectionMs = 24 * hour;
/** RC5: nothing is exchanged for an older one. */
const receiptLifetimeMs = 90 * 24 * hour;
const safetyMs = 24 * hour;

/** A phone takes less than a second, a server that hangs ten. */
const reserveMs = 20_000;
const atATime = 25;

/** At Apple's earliest or in a week, whichever is later, but while the receipt is still good for another. */
const nextAfter = ({ notBefore = 0, expiresAt }: Receipt, now: number): number =>
  Math.max(
    now + afterTooEarlyMs,
    Math.min(Math.max(notBefore, now + betweenRefreshesMs), expiresAt - safetyMs),
  );

const verify = (deps: ReceiptDeps, device: Device, receipt: Buffer): Verdict<Receipt, string> => {
  const { appId, assertionKey } = device;
  if (!appId || !assertionKey) return { status: 'refused', reason: 'no-key' };
  const attestedPoint = Buffer.concat([Buffer.of(4), Buffer.from(assertionKey, 'base64url')]);
  return verifyReceipt(
    { receipt, appIds: [appId], attestedPoint, expectType: 'RECEIPT', environment: deps.environment },
    deps.receiptRoots,
    deps.now(),
  );
};

/** True while it makes sense to go on with the next one. */
const refreshOne = async (
  deps: ReceiptDeps,
  due: DueReceipt,
  { device, stored }: { device: Device; stored: StoredReceipt },
  tally: ReceiptTally,
): Promise<boolean> => {
  const move = (dueAt: number, exchanged?: { receipt: string; riskMetric?: number }) =>
    deps.receipts.move(due, stored, { dueAt, at: deps.now(), ...(exchanged && { exchanged }) });
  const reject = async (reason: string) => {
    tally.rejected[reason] = (tally.rejected[reason] ?? 0) + 1;
    await move(deps.now() + afterRejectionMs);
    return true;
  };

  const answer = await deps.exchange(stored.receipt);
  if (answer.status === 'unavailable') {
    tally.ended = answer.reason;
    return false;
  }
  const isSame = answer.status === 'refreshed' && answer.receipt.toString('base64') === stored.receipt;
  if (answer.status === 'too-early' || isSame) {
    tally.tooEarly += 1;
    await move(deps.now() + afterTooEarlyMs);
    return true;
  }
  if (answer.status === 'rejected') return reject(answer.reason);
  const verdict = verify(deps, device, answer.receipt);
  if (verdict.status === 'refused') return reject(verdict.reason);
  const { riskMetric } = verdict.facts;
  const isMoved = await move(nextAfter(verdict.facts, deps.now()), {
    receipt: answer.receipt.toString('base64'),
    ...(riskMetric !== undefined && { riskMetric }),
  });
  if (isMoved) tally.refreshed += 1;
  return true;
};

const takeTurn = async (deps: ReceiptDeps, due: DueReceipt, tally: ReceiptTally): Promise<boolean> => {
  const [all, stored] = await Promise.all([deps.store.read(due.accountId), deps.receipts.read(due)]);
  // A phone that was enrolled twice stands in the queue twice: the first turn that comes decides.
  if (stored?.dueAt !== undefined && stored.dueAt !== due.dueAt) {
    await deps.receipts.skip(due);
    return true;
  }
  const device = findDevice(all, due.deviceId);
  const isPast = !stored || stored.at + receiptLifetimeMs < deps.now();
  if (!device || !may('remove', device) || isPast) {
    await deps.receipts.forget(due, stored);
    tally.dropped += 1;
    return true;
  }
  return refreshOne(deps, due, { device, stored }, tally);
};

/**
 * RC5: exchanges the receipts that are due, the longest due first, until none is left or the time is up. Each phone is
 * one transaction, so that a run that ends anywhere leaves nothing half done.
 */
export const refreshReceipts = async (deps: ReceiptDeps): Promise<ReceiptTally> => {
  const tally: ReceiptTally = { refreshed: 0, tooEarly: 0, dropped: 0, rejected: {}, waitingMs: 0 };
  const startedAt = deps.now();
  for (let last: DueReceipt | undefined; ; ) {
    // What could not be moved stays where it is: past it, to the next run.
    const due = await deps.receipts.due(startedAt, atATime, last);
    if (due.length === 0) return tally;
    for (const one of due) {
      const isEnded = deps.remainingMs() < reserveMs || !(await takeTurn(deps, one, tally));
      if (isEnded) return { ...tally, ended: tally.ended ?? 'time', waitingMs: startedAt - one.dueAt };
      last = one;
    }
  }
};

/** Receipts live for 90 days: nobody needs to know of an outage at once, but of our own faults. */
const tellAfterMs = 20 * hour;
const ownFaults = new Set(['unusable-secret', 'status-401', 'status-403']);

/** What must wake somebody up, as one line. */
export const alarmOf = ({ ended, waitingMs, rejected }: ReceiptTally): string | undefined => {
  if (ended && ownFaults.has(ended)) return `Apple does not let us in: ${ended}`;
  if (ended && waitingMs > tellAfterMs)
    return `receipts wait for ${Math.floor(waitingMs / hour)} hours: ${ended}`;
  const untrusted = Object.keys(rejected).filter((reason) => !reason.startsWith('status-'));
  return untrusted.length > 0
    ? `receipts of Apple's server were refused: ${untrusted.join(', ')}`
    : undefined;
};
