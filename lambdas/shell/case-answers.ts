import type * as contract from '#contract/cases.ts';
import { jurisdictionOf } from '#contract/jurisdiction.ts';
import type { AnswerOf, QueryOf } from '#contract/route.ts';
import {
  type Case,
  type Notice,
  type Standing,
  soundStrikes,
  strikesThatCount,
} from '#core/enforcement/case.ts';
import type { CasesStore } from '#core/enforcement/cases-store.ts';
import type { DecisionOutcome } from '#core/enforcement/decide-case.ts';
import { reasonCodesFor } from '#core/enforcement/law/reasons.ts';
import { nextDue } from '#core/enforcement/rules/clocks.ts';
import { actionsOf } from '#core/enforcement/transitions.ts';
import type { AuditStore } from '#core/evidence/audit/audit-store.ts';
import { foreignCursor } from '#core/shared/page.ts';
import { type Refusal, refusalOf } from './refusal.ts';

const iso = (at: number) => new Date(at).toISOString();
const pageSize = 25;
const position = /^\d{15}#[\w-]{1,64}$/;

const listed = (one: Case) => {
  const { caseId, driverId, kind, state, appeal, openedAt, jurisdiction, restsOn } = one;
  const due = nextDue(one);
  return {
    caseId,
    driverId,
    kind,
    state,
    appeal,
    openedAt: iso(openedAt),
    ...(due !== undefined && { dueAt: iso(due) }),
    jurisdiction,
    ...(restsOn && { restsOn }),
  };
};

export const casesListed = async (
  store: CasesStore,
  { state, cursor }: QueryOf<typeof contract.listCases>,
): Promise<AnswerOf<typeof contract.listCases> | Refusal> => {
  const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
  if (after !== undefined && !position.test(after)) return refusalOf(foreignCursor);
  const page = await store.list(state ?? 'waiting', after, pageSize);
  return {
    status: 200,
    body: {
      cases: page.cases.map(listed),
      ...(page.cursor !== undefined && { cursor: Buffer.from(page.cursor).toString('base64url') }),
    },
  };
};

const noticeView = ({ noticeId, kind, at, locale, subject, text, delivery }: Notice) => ({
  noticeId,
  kind,
  at: iso(at),
  locale,
  subject,
  text,
  delivery,
});

const timeline = (one: Case) =>
  one.events.map(({ at, what, by, reasonCode, rationale, noticeId, text }) => ({
    at: iso(at),
    what,
    by,
    ...(reasonCode && { reasonCode }),
    ...(rationale !== undefined && { rationale }),
    ...(noticeId && { noticeId }),
    ...(text !== undefined && { text }),
  }));

export const caseShown = (
  one: Case,
  standing: Standing,
  notices: readonly Notice[],
  now: number,
): AnswerOf<typeof contract.getCase> => ({
  status: 200,
  body: {
    ...listed(one),
    ...(one.stationId && { stationId: one.stationId }),
    openedBy: one.openedBy,
    evidence: [...one.evidence],
    actions: actionsOf(one.state, one.appeal, soundStrikes(standing, now).length > 0),
    reasonCodes: reasonCodesFor(one.kind, one.evidence, jurisdictionOf(one.jurisdiction), now),
    timeline: timeline(one),
    notices: notices.filter(({ caseId }) => caseId === one.caseId).map(noticeView),
    strikes: strikesThatCount(standing, now).map(({ caseId, reasonCode, givenAt, expiresAt }) => ({
      caseId,
      reasonCode,
      givenAt: iso(givenAt),
      expiresAt: iso(expiresAt),
    })),
  },
});

export const decided = (outcome: DecisionOutcome): AnswerOf<typeof contract.decideCase> | Refusal => {
  if (outcome.status === 'refused') return refusalOf(outcome);
  const { case: one, decidedAt, noticeId } = outcome;
  const { caseId, state, appeal } = one;
  const due = nextDue(one);
  return {
    status: 201,
    body: {
      caseId,
      state,
      appeal,
      decidedAt: iso(decidedAt),
      ...(noticeId && { noticeId }),
      ...(due !== undefined && { dueAt: iso(due) }),
    },
  };
};

const auditPage = 200;

export const auditListed = async (
  audit: AuditStore,
  { cursor }: QueryOf<typeof contract.listAudit>,
): Promise<AnswerOf<typeof contract.listAudit> | Refusal> => {
  const from = cursor === undefined ? '1' : Buffer.from(cursor, 'base64url').toString();
  if (!/^[1-9]\d{0,11}$/.test(from)) return refusalOf(foreignCursor);
  const entries = await audit.list(Number(from), auditPage);
  const last = entries.at(-1);
  return {
    status: 200,
    body: {
      entries,
      ...(entries.length === auditPage &&
        last && { cursor: Buffer.from(String(last.seq + 1)).toString('base64url') }),
    },
  };
};
