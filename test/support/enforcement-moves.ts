import { expect } from 'vitest';
import type { AuditEntry } from '#contract/cases.ts';
import type { CaseKind, DecisionAction } from '#contract/enforcement.ts';
import { fileAppeal, recover, respond } from '#core/enforcement/answer-driver.ts';
import { decideCase } from '#core/enforcement/decide-case.ts';
import { leave } from '#core/enforcement/leave.ts';
import { openCase } from '#core/enforcement/open-case.ts';
import { foundOf } from '#local/enforcement-world/findings.ts';
import { type EnforcementTestWorld, hourMs, type Person, people, type Stored } from './enforcement.ts';

/** What may happen to a driver in any order, and what is remembered of it beside the tables. */

export const driver = 'driver';
const stranger = 'stranger';
const rival = 'rival';
const text = 'It was me {reason} <b>by hand</b>.';

/** Numbers choose among what is there, the latest first. */
export type Move =
  | { do: 'find'; kind: CaseKind; name: number; endedHoursAgo: number }
  | { do: 'decide'; which: number; action: DecisionAction; by: Person }
  | { do: 'respond' | 'appeal'; which: number; isForeign: boolean }
  | { do: 'recover' | 'leave' | 'sweep' }
  | { do: 'wait'; ms: number; isSwept: boolean }
  | { do: 'book'; inHours: number }
  | { do: 'take'; which: number };

export interface Decision {
  caseId: string;
  action: DecisionAction;
  by: string;
  at: number;
  /** The how-manieth move it was: several share a millisecond. */
  move: number;
}
/** What was answered so far, and what was in the tables after the last move. */
export interface Memory {
  decisions: Decision[];
  moves: number;
  /** Of an appeal that was taken: by which move, and by which it was over. */
  appeals: { caseId: string; from: number; to?: number }[];
  /** By which move an account ended, by case. */
  removals: Map<string, number>;
  leftAt?: number;
  /** Of blocks: those that the driver claimed, and all that there are. */
  booked: Set<string>;
  blocks: { blockId: string; startsAt: number }[];
  /** Clocks of people that ran out, as `clock of case`. */
  late: Set<string>;
  stored: Stored;
  /** Whether everything that is due is done. */
  isSwept: boolean;
}
export const blank = (): Memory => ({
  ...{
    moves: 0,
    decisions: [],
    appeals: [],
    removals: new Map(),
    booked: new Set(),
    blocks: [],
    late: new Set(),
    isSwept: true,
  },
  stored: { cases: [], standings: [], notices: [], audit: [], seen: [] },
});

export const decisionsIn = (audit: readonly AuditEntry[]) =>
  audit.filter(({ action }) => action.startsWith('decision.'));
const nth = <T>(all: readonly T[], index: number): T | undefined =>
  all.at(-1 - (index % Math.max(all.length, 1)));

/** Clocks of people that have run out now: nobody may find out about it only because a case moved. */
const noteLate = ({ late, stored }: Memory, now: number): void => {
  const ranOut = (at?: number) => at !== undefined && at <= now;
  for (const { caseId, state, stateDueAt, appeal, answerBy } of stored.cases) {
    if (state === 'review' && ranOut(stateDueAt)) late.add(`review of ${caseId}`);
    if (state === 'proposed' && ranOut(stateDueAt)) late.add(`approval of ${caseId}`);
    if (appeal === 'open' && ranOut(answerBy)) late.add(`answer of ${caseId}`);
  }
};

type Play<Done extends Move['do']> = (
  world: EnforcementTestWorld,
  memory: Memory,
  move: Extract<Move, { do: Done }>,
) => Promise<unknown>;

const claimAs = async ({ market }: EnforcementTestWorld, who: string, blockId: string): Promise<boolean> =>
  (await market.claim(who, blockId)) === 'claimed';

const plays: { [Done in Move['do']]: Play<Done> } = {
  find: ({ deps, clock }, _, { kind, name, endedHoursAgo }) => {
    const until = clock.at - endedHoursAgo * hourMs;
    return openCase(deps, foundOf(driver, { kind, name: String(name), until }, clock.at));
  },
  decide: async ({ deps, clock }, { stored, decisions, moves: move }, { which: index, action, by }) => {
    const { caseId } = nth(stored.cases, index) ?? {};
    if (!caseId) return;
    const isGrounded = action === 'warn' || action === 'propose-offboarding';
    const outcome = await decideCase(deps, {
      ...{ caseId, action, reviewer: people[by], rationale: `Why ${by} says ${action}.` },
      ...(isGrounded && { reasonCode: 'automated-claiming' as const }),
    });
    if (outcome.status === 'decided') decisions.push({ caseId, action, by, at: clock.at, move });
  },
  respond: async ({ deps }, { stored }, { which: index, isForeign }) => {
    const { noticeId } = nth(stored.notices, index) ?? {};
    if (!noticeId) return;
    const outcome = await respond(deps, { driverId: isForeign ? stranger : driver, noticeId, text });
    if (isForeign) expect(outcome).toEqual({ status: 'refused', code: 'not-found' });
  },
  appeal: async ({ deps }, { stored, appeals, moves: from }, { which: index, isForeign }) => {
    const { noticeId, caseId } = nth(stored.notices, index) ?? {};
    if (!noticeId || !caseId) return;
    const outcome = await fileAppeal(deps, { driverId: isForeign ? stranger : driver, noticeId, text });
    if (isForeign) expect(outcome).toEqual({ status: 'refused', code: 'not-found' });
    if (outcome.status === 'filed') appeals.push({ caseId, from });
  },
  recover: ({ deps, clock }) =>
    recover(deps, { caller: { accountId: driver, groups: [], authenticatedAt: clock.at } }),
  leave: async ({ deps }, memory) => {
    const outcome = await leave(deps, { accountId: driver, groups: [], authenticatedAt: deps.now() });
    if (outcome.status === 'left') memory.leftAt = outcome.leftAt;
  },
  sweep: async (world) => {
    await world.sweep();
    await world.sweep();
  },
  wait: async (world, memory, { ms, isSwept }) => {
    world.clock.at += ms;
    if (isSwept) await world.settle();
    memory.isSwept = isSwept;
    noteLate(memory, world.clock.at);
  },
  book: async (world, { blocks, booked }, { inHours }) => {
    // As at the door: an account that is restricted claims nothing.
    if (await world.restrictedBy(driver)) return;
    const startsAt = world.clock.at + inHours * hourMs;
    for (const { blockId } of await world.market.publish(startsAt)) {
      blocks.push({ blockId, startsAt });
      if (await claimAs(world, driver, blockId)) booked.add(blockId);
    }
  },
  take: async (world, { blocks }, { which: index }) => {
    const block = nth(blocks, index);
    if (block) await claimAs(world, rival, block.blockId);
  },
};

/** Does what the move says, as far as it can be done. */
export const play = async (world: EnforcementTestWorld, memory: Memory, move: Move): Promise<void> => {
  memory.isSwept = false;
  memory.moves += 1;
  await (plays[move.do] as Play<Move['do']>)(world, memory, move as never);
};
