import { createHash } from 'node:crypto';
import type { AuditEvent } from '#core/evidence/audit/chain.ts';
import type { Case, ReleasedBlock, Step, StepName } from './case.ts';
import { audited } from './change.ts';
import { commitChange } from './commit-change.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';
import { reconsider } from './reconsider.ts';
import { may } from './transitions.ts';

/** What is left to be written when a step is done: parts of the case, and a line for the audit. */
interface Done {
  patch?: Partial<Case>;
  audit?: AuditEvent[];
  /** The step goes on in this form. */
  instead?: Step;
}

type Perform<S extends Step> = (deps: EnforcementDeps, one: Case, step: S) => Promise<Done>;
type Steps = { [N in StepName]: Perform<Extract<Step, { step: N }>> };

const machine = (one: Case, what: string, at: number, facts: AuditEvent['facts'] = {}) =>
  audited(one, { at, what, by: 'machine' }, facts);

const verdictIdOf = (evidenceId: string, reviewer: string, verdict: string): string =>
  createHash('sha256')
    .update(['case-verdict', evidenceId, reviewer, verdict].join('|'))
    .digest()
    .subarray(0, 16)
    .toString('base64url');

/** By the sweeper’s minutes: some hours. */
const mostMails = 200;

const sendNotice: Steps['send-notice'] = async (deps, one, { noticeId }) => {
  const listed = one.notices.find((notice) => notice.noticeId === noticeId);
  const notice = listed && (await deps.cases.notice(one.driverId, listed.at, noticeId));
  if (!notice) throw new Error('a notice that was written with its decision is gone');
  const told = (delivery: string): Done => {
    const what = delivery === 'sent' ? 'notice.sent' : 'notice.failed';
    return { audit: [machine(one, what, deps.now(), { noticeId, delivery })] };
  };
  // Noted by somebody who did not come to the end of the step.
  if (notice.delivery !== 'pending') return told(notice.delivery);
  const tries = notice.tries + 1;
  const delivery = await deps.effects.sendNotice(notice).catch(async (error: unknown) => {
    // The mail service may be back the next time; the app shows the notice in any case.
    if (tries < mostMails) {
      // Somebody else may have sent it meanwhile.
      await deps.cases.noteDelivery({ ...notice, tries }, notice);
      throw error;
    }
    return 'failed' as const;
  });
  await deps.cases.noteDelivery({ ...notice, delivery, tries });
  if (delivery === 'failed') deps.onFailed('notice', new Error('the mail service refuses the notice'));
  return told(delivery);
};

const tellVerdicts: Steps['label'] = async ({ effects }, { findings }, step) => {
  const { verdict, reviewer, rationale, at } = step;
  for (const { evidenceId, release } of findings)
    await effects.tellVerdict({
      verdictId: verdictIdOf(evidenceId, reviewer, verdict),
      evidenceId,
      release,
      verdict,
      reviewer,
      rationale,
      decidedAt: new Date(at).toISOString(),
    });
  return {};
};

/** What is taken back is written down first: after a kill in between nobody could tell what the driver had. */
const releaseBlocks: Steps['release-blocks'] = async ({ cases, effects }, one, step) => {
  if (!step.noted) {
    // Overturned before anything was taken: what others could claim meanwhile is never let go.
    const { offboardedBy } = await cases.standing(one.driverId);
    if (offboardedBy !== one.caseId) return {};
    return {
      patch: {
        released: [...one.released, ...(await effects.blocksToTakeBack(one.driverId, step.after))],
      },
      instead: { ...step, noted: true },
    };
  }
  const taken: ReleasedBlock[] = [];
  for (const block of one.released)
    if ((await effects.takeBack(one.driverId, block)) === 'released') taken.push(block);
  return { patch: { released: taken } };
};

/** Of somebody who has left meanwhile nothing comes back. */
const isBack = async ({ cases }: EnforcementDeps, { driverId }: Case): Promise<boolean> =>
  (await cases.standing(driverId)).state === 'active';

/** What cannot be given back is owed. */
const restoreBlocks: Steps['restore-blocks'] = async (deps, one) => {
  const { effects, now } = deps;
  const works = await isBack(deps, one);
  const restored = async (block: ReleasedBlock) =>
    works && (await effects.giveBack(one.driverId, block)) === 'restored';
  const released: ReleasedBlock[] = [];
  for (const block of one.released)
    released.push(
      block.outcome ? block : { ...block, outcome: (await restored(block)) ? 'restored' : 'owed' },
    );
  const count = (outcome: string) => released.filter((block) => block.outcome === outcome).length;
  return {
    patch: { released },
    audit: [machine(one, 'undo.done', now(), { restored: count('restored'), owed: count('owed') })],
  };
};

/** Whose end is still open: as long as there is friction. */
const isLookedAt = ({ state }: Case): boolean => may('lapse', state);

/** The friction is that of the driver’s case that is open now, and stays as long as that one. */
const endFriction = async (
  { cases, effects }: EnforcementDeps,
  { driverId, caseId }: Case,
): Promise<void> => {
  const { openCase = caseId } = await cases.standing(driverId);
  if (openCase === caseId) await effects.endFriction(driverId);
};

const steps: Steps = {
  'start-workflow': async ({ effects }, { caseId }) => {
    await effects.startWorkflow(caseId);
    return {};
  },
  signal: async ({ effects }, { waiting }) => {
    if (waiting) await effects.signal(waiting.token);
    return {};
  },
  'friction-on': async (deps, one, { until }) => {
    if (!isLookedAt(one)) return {};
    await deps.effects.addFriction(one.driverId, until);
    // Whoever ended it meanwhile may have been the faster one.
    const after = await deps.cases.read(one.caseId);
    if (!after || !isLookedAt(after)) await endFriction(deps, one);
    return {};
  },
  'friction-off': async (deps, one) => {
    await endFriction(deps, one);
    return {};
  },
  'send-notice': sendNotice,
  label: tellVerdicts,
  'end-sessions': async ({ effects }, { driverId, caseId }, { at }) => {
    await effects.endSessions(driverId, caseId, at);
    return {};
  },
  restrict: async ({ effects }, { driverId, caseId }) => {
    await effects.restrict(driverId, caseId);
    return {};
  },
  lift: async ({ effects }, { driverId, caseId }) => {
    await effects.lift(driverId, caseId);
    return {};
  },
  'release-blocks': releaseBlocks,
  'restore-blocks': restoreBlocks,
  'close-account': async ({ effects }, { driverId }, { at }) => {
    await effects.tellClosed(driverId, 'offboarded', at);
    return {};
  },
  'reopen-account': async (deps, one, { at }) => {
    if (await isBack(deps, one)) await deps.effects.tellReopened(one.driverId, at);
    return {};
  },
  reconsider: async (deps, _, step) => {
    await reconsider(deps, step);
    return {};
  },
};

const isSame = (a: Step, b: Step): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Takes a step off the list, with what it brought, unless somebody else did meanwhile. */
const finish = async (
  deps: EnforcementDeps,
  before: Case,
  step: Step,
  { patch, audit = [], instead }: Done,
): Promise<void> => {
  const written = await commitChange(deps, async () => {
    const one = await deps.cases.read(before.caseId);
    const index = one?.todo.findIndex((each) => isSame(each, step)) ?? -1;
    if (!one || index < 0) return { status: 'overtaken' as const };
    const isWoken = step.step === 'signal' && one.waiting?.token === before.waiting?.token;
    const { waiting, ...kept } = one;
    const after: Case = {
      ...kept,
      ...(waiting && !isWoken && { waiting }),
      ...patch,
      todo: one.todo.with(index, instead ?? step).filter((_, at) => at !== index || instead !== undefined),
    };
    return {
      status: 'done' as const,
      change: { cases: [{ before: one, after }], notices: [], seen: [], audit },
    };
  });
  if (written.status === 'refused') throw new Error('others write this case all the time');
};

/** More than any case ever has to do. */
const mostSteps = 60;

/**
 * Does what a case has to do, one step after the other in their order, each at least once; wakes the workflow last. A
 * mail that cannot be sent keeps nothing else waiting. `only` names steps that may be done out of order. Throws what the
 * next run may mend; what is done stays done.
 */
export const doSteps = async (
  deps: EnforcementDeps,
  caseId: string,
  only?: readonly StepName[],
): Promise<void> => {
  const unsent: { step: string; error: unknown }[] = [];
  for (let count = 0; count < mostSteps; count += 1) {
    const one = await deps.cases.read(caseId);
    const left = one?.todo.filter(
      (each) =>
        (!only || only.includes(each.step)) && unsent.every((mail) => mail.step !== JSON.stringify(each)),
    );
    // A workflow that is woken does what is left: woken before the end it would send the same mail at the same time.
    const step = left?.find((each) => each.step !== 'signal') ?? left?.[0];
    if (!one || !step) break;
    try {
      const done = await (steps[step.step] as Perform<Step>)(deps, one, step);
      await finish(deps, one, step, done);
    } catch (error) {
      if (step.step !== 'send-notice') throw error;
      unsent.push({ step: JSON.stringify(step), error });
    }
  }
  if (unsent[0]) throw unsent[0].error;
};
