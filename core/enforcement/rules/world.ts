import type { EvidenceItem, NoticeKind, ReasonCode } from '#contract/enforcement.ts';
import type { Clocks } from '#contract/jurisdiction.ts';
import type { Case, Notice, RenderedNotice, Standing } from '../case.ts';
import { noticeIdOf } from '../change.ts';
import type { NoticeFacts } from '../notices/facts.ts';
import { pseudonymOf } from '../notices/facts.ts';

/** What the rules decide from, read together; everything they say holds only while none of it has changed. */
export interface World {
  case: Case;
  standing: Standing;
  now: number;
  clocks: Clocks;
  /** Of the station. */
  timeZone: string;
  /** Phones of the account, by name. */
  phones: readonly string[];
  /** Where a person can be reached. */
  contact: string;
  /** Writes a notice in the driver’s language; throws when a text lacks something. */
  render: (facts: NoticeFacts) => RenderedNotice;
}

/** What was seen, as far as the driver is told. */
const seenIn = (cited: readonly EvidenceItem[], phones: readonly string[]) => {
  const windows = cited.flatMap(({ window }) => (window ? [window] : []));
  if (windows.length === 0) return undefined;
  const from = Math.min(...windows.map((window) => Date.parse(window.from)));
  const to = Math.max(...windows.map((window) => Date.parse(window.to)));
  const most = (values: readonly (number | undefined)[]) => Math.max(...values.map((value) => value ?? 0));
  const [events, days] = [most(cited.map((item) => item.events)), most(cited.map((item) => item.days))];
  return {
    from,
    to,
    // Of looks that overlap, the one that saw most: nothing is counted twice.
    ...(events > 0 && { events }),
    ...(days > 0 && { days }),
    phones,
  };
};

/** The notice of a change of this case. It goes into the same transaction. */
export const noticeOf = (
  world: World,
  kind: NoticeKind,
  {
    cited = [],
    reviewers = [],
    ...more
  }: Partial<Omit<NoticeFacts, 'kind' | 'reviewers' | 'evidence'>> & {
    reasonCode?: ReasonCode;
    cited?: readonly EvidenceItem[];
    /** Accounts of people. */
    reviewers?: readonly string[];
  } = {},
): Notice => {
  const { now, timeZone, contact, phones, clocks } = world;
  const { caseId, driverId, version, restsOn } = world.case;
  const prior = world.standing.strikes.find((strike) => strike.caseId === restsOn);
  const seen = seenIn(cited, phones);
  const rendered = world.render({
    kind,
    at: now,
    timeZone,
    contact,
    reviewers: reviewers.map((reviewer) => pseudonymOf(reviewer, caseId)),
    evidence: cited,
    answerDays: clocks.answerDays,
    ...(prior && { priorWarningAt: prior.givenAt }),
    ...(seen && { seen }),
    ...more,
  });
  return {
    ...rendered,
    noticeId: noticeIdOf(caseId, version, kind),
    caseId,
    driverId,
    kind,
    at: now,
    jurisdiction: world.case.jurisdiction,
    evidence: cited,
    delivery: 'pending',
    tries: 0,
  };
};

/** The case with a notice that goes out with it. */
export const telling = (after: Case, notice: Notice): Case => ({
  ...after,
  notices: [...after.notices, { noticeId: notice.noticeId, at: notice.at }],
  todo: [...after.todo, { step: 'send-notice', noticeId: notice.noticeId }],
});
