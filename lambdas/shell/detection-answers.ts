import type * as contract from '#contract/detection-review.ts';
import type { AnswerOf, QueryOf } from '#contract/route.ts';
import type { Finding } from '#core/detection/findings/finding.ts';
import type { FindingsStore } from '#core/detection/findings/findings-store.ts';
import type { giveVerdict } from '#core/detection/findings/give-verdict.ts';
import { isBlind, listFindings, type showFinding } from '#core/detection/findings/list-findings.ts';
import type { promoteRelease } from '#core/detection/releases/move-release.ts';
import { countsOf, type ReleaseMove, type StoredRelease } from '#core/detection/releases/stored-release.ts';
import { precisionOf } from '#core/detection/rules/release.ts';
import { foreignCursor } from '#core/shared/page.ts';
import { type Refusal, refusalOf } from './refusal.ts';

const iso = (at: number) => new Date(at).toISOString();
const position = /^\d{4}-[\d:.TZ-]+#[\w-]{22}$/;

const listed = ({ evidenceId, kind, release, state, foundAt, from, lookedAt, verdict }: Finding) => ({
  evidenceId,
  kind,
  release,
  state,
  foundAt: iso(foundAt),
  window: { from: iso(from), to: iso(lookedAt) },
  ...(verdict && { verdict }),
});

export const findings = async (
  store: FindingsStore,
  { state, release, cursor }: QueryOf<typeof contract.listFindings>,
): Promise<AnswerOf<typeof contract.listFindings> | Refusal> => {
  const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
  if (after !== undefined && !position.test(after)) return refusalOf(foreignCursor);
  const page = await listFindings(store, { state, release }, after);
  return {
    status: 200,
    body: {
      findings: page.findings.map(listed),
      ...(page.next !== undefined && { cursor: Buffer.from(page.next).toString('base64url') }),
    },
  };
};

const scored = (found: Finding) => {
  const { pValue, qValue, families, reasons, novelty, emitAt } = found;
  return {
    ...(pValue !== undefined && { pValue }),
    ...(qValue !== undefined && { qValue }),
    families: [...families],
    reasons: [...reasons],
    ...(novelty !== undefined && { novelty }),
    ...(emitAt !== undefined && { emitAt: iso(emitAt) }),
  };
};

export const finding = (
  shown: Awaited<ReturnType<typeof showFinding>>,
): AnswerOf<typeof contract.getFinding> | Refusal => {
  if (!shown) return { problem: 'not-found' };
  const { accountKey, events, activeDays } = shown.finding;
  const verdicts = shown.verdicts.map(({ verdict, reviewer, rationale, decidedAt }) => ({
    verdict,
    reviewer,
    ...(rationale !== undefined && { rationale }),
    decidedAt,
  }));
  return {
    status: 200,
    body: {
      ...listed(shown.finding),
      accountKey,
      events,
      activeDays,
      ...(!isBlind(shown.finding) && scored(shown.finding)),
      verdicts,
    },
  };
};

export const record = (
  shown: contract.EvidenceRecord | undefined,
): AnswerOf<typeof contract.getFindingRecord> | Refusal =>
  shown ? { status: 200, body: shown } : { problem: 'not-found' };

export const given = (
  outcome: Awaited<ReturnType<typeof giveVerdict>>,
): AnswerOf<typeof contract.giveVerdict> | Refusal =>
  outcome.status === 'refused'
    ? refusalOf(outcome)
    : { status: 201, body: { verdictId: outcome.verdictId, verdict: outcome.verdict } };

const moveOf = ({ step, at, by, rationale }: ReleaseMove) => ({
  step,
  at: iso(at),
  ...(by !== undefined && { by }),
  ...(rationale !== undefined && { rationale }),
});

export const detectors = (
  stored: readonly StoredRelease[],
  running: ReadonlySet<string>,
): AnswerOf<typeof contract.listDetectors> => ({
  status: 200,
  body: {
    detectors: stored.map(({ release, kind, bornAt, history }) => {
      const { lower, upper } = precisionOf(release);
      return {
        releaseId: release.id,
        kind,
        state: release.state,
        bornAt: iso(bornAt),
        running: running.has(release.id),
        precision: { ...countsOf(release), lower, upper, bound: release.bound },
        history: history.map(moveOf),
      };
    }),
  },
});

export const moved = (
  outcome: Awaited<ReturnType<typeof promoteRelease>>,
): AnswerOf<typeof contract.promoteDetector> | Refusal =>
  outcome.status === 'refused'
    ? refusalOf(outcome)
    : { status: 201, body: { releaseId: outcome.release.id, state: outcome.release.state } };
