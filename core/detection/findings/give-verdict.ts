import {
  detectorDemoted,
  type ReviewVerdictDetail,
  reviewVerdict,
  type VerdictWord,
} from '#contract/findings.ts';
import { maxTries, pause } from '#core/shared/tries.ts';
import type { ReleaseDeps } from '../releases/move-release.ts';
import { demotionOf, type StoredRelease, withMove } from '../releases/stored-release.ts';
import { afterVerdict, releaseName } from '../rules/release.ts';
import { sampleRelease, verdictIdOf } from './finding.ts';
import type { FindingsStore } from './findings-store.ts';

/** Puts an event on the bus, at least once. */
export type Tell = (detailType: string, detail: object) => Promise<void>;

interface Word {
  evidenceId: string;
  verdict: VerdictWord;
  rationale: string;
  reviewer: string;
}

/** A reviewer's word on a finding. The same word again is told again, another one of the same person is refused. */
export const giveVerdict = async (
  { findings, tell, now }: { findings: FindingsStore; tell: Tell; now: () => number },
  { evidenceId, verdict, rationale, reviewer }: Word,
): Promise<
  | { status: 'given'; verdictId: string; verdict: VerdictWord }
  | { status: 'refused'; code: 'not-found' | 'verdict-given' }
> => {
  const finding = await findings.find(evidenceId);
  if (!finding) return { status: 'refused', code: 'not-found' };
  const verdictId = verdictIdOf(evidenceId, reviewer);
  const detail: ReviewVerdictDetail = {
    verdictId,
    evidenceId,
    release: finding.release,
    verdict,
    reviewer,
    rationale,
    decidedAt: new Date(now()).toISOString(),
  };
  if ((await findings.putVerdict(detail)) !== verdict) return { status: 'refused', code: 'verdict-given' };
  await tell(reviewVerdict, detail);
  return { status: 'given', verdictId, verdict };
};

export interface ApplyDeps extends ReleaseDeps {
  findings: FindingsStore;
  tell: Tell;
}

/** The bus hears of a demotion before it is forgotten that it has to. */
const tellDemotion = async (deps: ApplyDeps, releaseId: string): Promise<void> => {
  const stored = await deps.releases.find(releaseId);
  if (!stored?.untold) return;
  await deps.tell(detectorDemoted, stored.untold);
  const { untold: _, ...told } = stored;
  // Overtaken: it is told once more, with the next verdict.
  await deps.releases.write(told);
};

/**
 * Counts a verdict for its release, which demotes itself where its precision cannot be shown any more. All verdicts about
 * one finding count as one, and who dismisses weighs more; a verdict that comes again changes nothing.
 */
export const applyVerdict = async (
  deps: ApplyDeps,
  given: ReviewVerdictDetail,
): Promise<{ status: 'applied'; happened: string } | { status: 'unknown' } | { status: 'try-again' }> => {
  const { evidenceId, decidedAt } = given;
  const finding = await deps.findings.find(evidenceId);
  if (!finding) return { status: 'unknown' };
  const held = await deps.findings.putVerdict({ ...given, release: finding.release });
  await deps.findings.noteVerdict(evidenceId, held);
  if (finding.release === sampleRelease) return { status: 'applied', happened: 'sampled' };
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const stored = await deps.releases.find(finding.release);
    if (!stored) return { status: 'unknown' };
    const word = {
      id: evidenceId,
      release: releaseName(stored.release),
      at: Date.parse(decidedAt),
      verdict: held,
    };
    const { release, happened } = afterVerdict(stored.release, word);
    const after: StoredRelease =
      happened.what === 'demoted'
        ? {
            ...withMove(stored, release, { step: 'demote', at: deps.now() }),
            untold: demotionOf(release, happened, deps.now()),
          }
        : { ...stored, release };
    if (happened.what === 'nothing' || (await deps.releases.write(after)) === 'written') {
      await tellDemotion(deps, finding.release);
      return { status: 'applied', happened: happened.what };
    }
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'try-again' };
};
