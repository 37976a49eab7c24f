import type { EvidenceRecord } from '#contract/detection-review.ts';
import type { CasesStore } from '../cases-store.ts';

/** What a finding was computed from, for the driver whom a notice told of it; nothing of what the driver may not see. */
export const recordBehind = async (
  cases: Pick<CasesStore, 'notices'>,
  records: { record(evidenceId: string): Promise<EvidenceRecord | undefined> },
  { driverId, noticeId, evidenceId }: { driverId: string; noticeId: string; evidenceId: string },
): Promise<EvidenceRecord | undefined> => {
  const notice = (await cases.notices(driverId)).find((each) => each.noticeId === noticeId);
  const isCited = notice?.evidence.some(
    (item) => item.evidenceId === evidenceId && item.visibility === 'driver',
  );
  return isCited ? records.record(evidenceId) : undefined;
};
