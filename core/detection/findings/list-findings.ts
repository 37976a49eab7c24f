import type { EvidenceRecord, FindingState } from '#contract/detection-review.ts';
import type { ReviewVerdictDetail } from '#contract/findings.ts';
import type { Finding } from './finding.ts';
import type { FindingsStore } from './findings-store.ts';

const pageSize = 25;
/** Reads of one page: where few fit what is asked for, the page is short and its cursor goes on. */
const mostReads = 8;

/** The latest first. */
export const listFindings = async (
  findings: FindingsStore,
  wanted: { state?: FindingState | undefined; release?: string | undefined },
  after?: string,
): Promise<{ findings: Finding[]; next?: string }> => {
  const page: Finding[] = [];
  let next = after;
  for (let reads = 0; reads < mostReads && page.length < pageSize; reads += 1) {
    const { evidenceIds, next: further } = await findings.list(pageSize - page.length, next);
    const found = await Promise.all(evidenceIds.map((evidenceId) => findings.find(evidenceId)));
    page.push(
      ...found.flatMap((finding) =>
        finding &&
        finding.state === (wanted.state ?? finding.state) &&
        finding.release === (wanted.release ?? finding.release)
          ? [finding]
          : [],
      ),
    );
    next = further;
    if (next === undefined) return { findings: page };
  }
  return { findings: page, ...(next !== undefined && { next }) };
};

/** Whether it still has to be judged without knowing what the detector says. */
export const isBlind = ({ kind, verdict }: Finding): boolean => kind === 'sample' && verdict === undefined;

export const showFinding = async (
  findings: FindingsStore,
  evidenceId: string,
): Promise<{ finding: Finding; verdicts: ReviewVerdictDetail[] } | undefined> => {
  const [finding, verdicts] = await Promise.all([findings.find(evidenceId), findings.verdicts(evidenceId)]);
  return finding && { finding, verdicts };
};

/** Of the blind sample nothing before a verdict: the record holds the score. */
export const showRecord = async (
  findings: FindingsStore,
  evidenceId: string,
): Promise<EvidenceRecord | undefined> => {
  const finding = await findings.find(evidenceId);
  return !finding || isBlind(finding) ? undefined : findings.record(evidenceId);
};
