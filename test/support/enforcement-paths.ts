import { expect } from 'vitest';
import { dayMs, type EnforcementWorld } from '#local/enforcement-world.ts';

/** Ways to somewhere in the life of a case, and what is true of every world. */

export const hourMs = 3_600_000;

/** A case of a new finding. */
export const suspected = async (world: EnforcementWorld, driver: string, name: string): Promise<string> => {
  const outcome = await world.find(driver, { name });
  if (outcome.status !== 'opened') throw new Error(`the finding is ${outcome.status}`);
  return outcome.caseId;
};

const decided = async (
  ...[world, ...command]: [EnforcementWorld, ...Parameters<EnforcementWorld['decide']>]
) => expect(await world.decide(...command)).toMatchObject({ status: 'decided' });

/** Warned on the day of the finding. */
export const warned = async (world: EnforcementWorld, driver: string, name = 'first'): Promise<string> => {
  const caseId = await suspected(world, driver, name);
  await decided(world, caseId, 'analyst', 'warn');
  return caseId;
};

/** Who could approve, if it were not the own proposal. */
export const proposer = 'lead-analyst';

/** When the sweeper has done what nobody else did. */
export const minutesLater = async (world: EnforcementWorld): Promise<void> => {
  await world.clock.advance(120_000);
  await world.sweep();
};

/** Warned, found again 30 days later, and proposed. */
export const proposed = async (world: EnforcementWorld, driver: string) => {
  const warning = await warned(world, driver);
  await world.advance(30);
  const removal = await suspected(world, driver, 'second');
  await minutesLater(world);
  await decided(world, removal, proposer, 'propose-offboarding');
  return { warning, removal };
};

/** And approved: the 14 days of the notice begin. */
export const noticed = async (world: EnforcementWorld, driver: string) => {
  const both = await proposed(world, driver);
  await decided(world, both.removal, 'approver', 'approve-offboarding');
  return both;
};

/** And over. */
export const offboarded = async (world: EnforcementWorld, driver: string) => {
  const both = await noticed(world, driver);
  await world.advance(14);
  expect((await world.case(both.removal)).state).toBe('offboarded');
  return both;
};

/** What was sent, by kind, in order. Each mail is a notice as it is stored, to the letter. */
export const mailed = async (world: EnforcementWorld, driver: string): Promise<string[]> => {
  const notices = await world.notices(driver);
  return world.mailsTo(driver).map(({ subject, text }) => {
    const notice = notices.find((each) => each.text === text && each.subject === subject);
    return notice?.delivery === 'sent' ? notice.kind : 'unknown';
  });
};

/** What the audit says of a driver. The whole chain is checked first. */
export const audited = async (world: EnforcementWorld, driver: string): Promise<string[]> => {
  const entries = await world.audit();
  expect(await world.verify()).toMatchObject({ status: 'verified', entries: entries.length });
  return entries.filter(({ driverId }) => driverId === driver).map(({ action }) => action);
};

/** Types of events that were told of a driver. */
export const toldOf = (world: EnforcementWorld, driver: string): string[] =>
  world.told.filter(({ detail }) => detail.driverId === driver).map(({ type }) => type);

/** What a person’s word made of findings, in order. */
export const labels = (world: EnforcementWorld): unknown[] =>
  world.told.filter(({ type }) => type === 'review-verdict').map(({ detail }) => detail.verdict);

/** Days since a time, exactly. */
export const daysSince = (from: number, to: number | undefined): number =>
  ((to ?? Number.NaN) - from) / dayMs;
