import type { ReviewVerdictDetail } from '#contract/findings.ts';
import type { Notice, ReleasedBlock } from './case.ts';

/**
 * What the workflow does to other parts of the system. Each may be done twice, by two processes at once, and after a kill;
 * what restricts holds only while the standing of the driver says so.
 */
export interface Effects {
  startWorkflow(caseId: string): Promise<void>;
  /** Wakes a workflow that waits with this token; nothing where none does. */
  signal(token: string): Promise<void>;
  /** Friction in the claims of a driver until then, or none. */
  addFriction(driverId: string, until: number): Promise<void>;
  endFriction(driverId: string): Promise<void>;
  sendNotice(notice: Notice): Promise<'sent' | 'no-address' | 'failed'>;
  tellVerdict(detail: ReviewVerdictDetail): Promise<void>;
  /** The same `key` ends them once. */
  endSessions(driverId: string, key: string, at: number): Promise<void>;
  /** Only while the driver’s standing is `offboarded`, `leaving` or `left`. */
  restrict(driverId: string, caseId: string): Promise<void>;
  /** Only while it is not. */
  lift(driverId: string, caseId: string): Promise<void>;
  blocksToTakeBack(driverId: string, after: number): Promise<ReleasedBlock[]>;
  takeBack(driverId: string, block: ReleasedBlock): Promise<'released' | 'gone'>;
  giveBack(driverId: string, block: ReleasedBlock): Promise<'restored' | 'gone'>;
  /** The end of a block that the driver works on now or within the hour. */
  runningUntil(driverId: string, now: number): Promise<number | undefined>;
  tellClosed(driverId: string, reason: 'offboarded' | 'left', at: number): Promise<void>;
  tellReopened(driverId: string, at: number): Promise<void>;
  /** Removes all phones of the account but one; see `keepOnePhone` in core/devices. */
  keepPhone(
    driverId: string,
    deviceId: string | undefined,
  ): Promise<
    { status: 'kept'; removed: number } | { status: 'refused'; code: 'unknown-device' | 'try-again' }
  >;
}
