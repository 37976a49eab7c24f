import { jurisdictionOf } from '#contract/jurisdiction.ts';
import type { AnswerOf } from '#contract/route.ts';
import type * as contract from '#contract/standing.ts';
import type { fileAppeal, recover, respond } from '#core/enforcement/answer-driver.ts';
import { type Case, type Notice, strikesThatCount } from '#core/enforcement/case.ts';
import type { EnforcementDeps } from '#core/enforcement/enforcement-deps.ts';
import type { leave } from '#core/enforcement/leave.ts';
import { canAppeal } from '#core/enforcement/rules/answer-appeal.ts';
import { foreignCursor } from '#core/shared/page.ts';
import { type Refusal, refusalOf } from './refusal.ts';

const iso = (at: number) => new Date(at).toISOString();
const pageSize = 20;
const dayMs = 86_400_000;

/** What can be appealed with these: a decision has one notice, or two where it takes effect later. */
const appealed = new Set(['warning', 'removal-planned', 'removed']);

const shown = (notice: Notice, one: Case | undefined, now: number) => {
  const { driverId: _, tries: __, jurisdiction: ___, at, evidence, ...view } = notice;
  const isDecision = one !== undefined && appealed.has(notice.kind);
  const responses = one?.events.filter(
    ({ text, noticeId }) => text !== undefined && noticeId === notice.noticeId,
  );
  return {
    ...view,
    at: iso(at),
    evidence: evidence.filter(({ visibility }) => visibility === 'driver'),
    ...(isDecision && canAppeal(one, now) && { appealUntil: iso(one.appealUntil ?? now) }),
    ...(isDecision && one.answerBy !== undefined && { answerBy: iso(one.answerBy) }),
    responses: (responses ?? []).map(({ at: said, text = '' }) => ({ at: iso(said), text })),
  };
};

/** How a driver stands: what counts now, and what is owed. */
export const standingOf = async (
  { cases, now }: Pick<EnforcementDeps, 'cases' | 'now'>,
  driverId: string,
) => {
  const standing = await cases.standing(driverId);
  const read = await Promise.all(standing.cases.map((caseId) => cases.read(caseId)));
  const owed = read.flatMap((one) =>
    (one?.released ?? [])
      .filter(({ outcome }) => outcome === 'owed')
      .map(({ blockId, amount, currency }) => ({
        caseId: one?.caseId ?? '',
        blockId,
        pay: { amount, currency },
      })),
  );
  return {
    standing: standing.state,
    strikes: strikesThatCount(standing, now()).map(({ givenAt, expiresAt, appealed: _, ...strike }) => ({
      ...strike,
      givenAt: iso(givenAt),
      expiresAt: iso(expiresAt),
    })),
    owed,
  };
};

/** Every notice as the driver sees it, newest first. */
export const noticesOf = async ({ cases, now }: Pick<EnforcementDeps, 'cases' | 'now'>, driverId: string) => {
  const notices = await cases.notices(driverId);
  const ids = [...new Set(notices.map(({ caseId }) => caseId))];
  const read = await Promise.all(ids.map((caseId) => cases.read(caseId)));
  return notices.map((notice) =>
    shown(
      notice,
      read.find((one) => one?.caseId === notice.caseId),
      now(),
    ),
  );
};

/** Newest first; a cursor names the last notice of the page before. */
export const noticesListed = async (
  { cases, now }: Pick<EnforcementDeps, 'cases' | 'now'>,
  driverId: string,
  cursor: string | undefined,
): Promise<AnswerOf<typeof contract.listNotices> | Refusal> => {
  const notices = await noticesOf({ cases, now }, driverId);
  const from = cursor === undefined ? 0 : notices.findIndex(({ noticeId }) => noticeId === cursor) + 1;
  if (cursor !== undefined && from === 0) return refusalOf(foreignCursor);
  const page = notices.slice(from, from + pageSize);
  const last = page.at(-1);
  return {
    status: 200,
    body: {
      notices: page,
      ...(last && notices.length > from + pageSize && { cursor: last.noticeId }),
    },
  };
};

/** What stays of somebody who leaves: no more than the law and the books ask for. */
export const left = (
  outcome: Awaited<ReturnType<typeof leave>>,
  jurisdiction: string,
  recordRetentionDays: number,
): AnswerOf<typeof contract.leave> | Refusal => {
  if (outcome.status === 'refused') return refusalOf(outcome);
  const { leftAt, releasedBlocks } = outcome;
  const until = (days: number) => iso(leftAt + days * dayMs);
  const { recordDays } = jurisdictionOf(jurisdiction).clocks;
  return {
    status: 202,
    body: {
      leftAt: iso(leftAt),
      releasedBlocks,
      kept: [
        {
          what: 'decisions about the account, their notices, and your words on them, without any photo',
          why: 'the law asks for records of decisions, and you may still appeal',
          until: until(recordDays),
        },
        {
          what: 'blocks that you worked, with their pay',
          why: 'the books of whoever pays you',
          until: until(recordRetentionDays),
        },
      ],
    },
  };
};

export const responded = (
  noticeId: string,
  outcome: Awaited<ReturnType<typeof respond>>,
): AnswerOf<typeof contract.respondToNotice> | Refusal =>
  outcome.status === 'refused'
    ? refusalOf(outcome)
    : { status: 201, body: { noticeId, receivedAt: iso(outcome.at) } };

export const appealFiled = (
  noticeId: string,
  outcome: Awaited<ReturnType<typeof fileAppeal>>,
): AnswerOf<typeof contract.fileAppeal> | Refusal =>
  outcome.status === 'refused'
    ? refusalOf(outcome)
    : {
        status: 201,
        body: { noticeId, filedAt: iso(outcome.filedAt), answerBy: iso(outcome.answerBy) },
      };

export const recovered = (
  outcome: Awaited<ReturnType<typeof recover>>,
): AnswerOf<typeof contract.recoverAccount> | Refusal =>
  outcome.status === 'refused'
    ? refusalOf(outcome)
    : {
        status: 201,
        body: {
          removedPhones: outcome.removed,
          ...(outcome.caseId && { securedCase: outcome.caseId }),
        },
      };
