import type { AccountLog } from '../activity/account-log.ts';
import { groupsIn, namesOf } from '../activity/groups.ts';
import { activeDays } from './endurance.ts';
import { lookAt } from './look.ts';

/** How much an account's log says, within 30 days. */
export interface Evidence {
  /** Kept events. */
  events: number;
  /** Days of 24 h, counted from the account's first event, in which anything happened. */
  activeDays: number;
  /** Which optional groups of fields it tells of, by name: see `groups.ts`. */
  groups: readonly string[];
}

export const evidenceOf = (log: AccountLog, at: number): Evidence => {
  const look = lookAt(log, at, { valueEdges: [] });
  return {
    events: look.events.reduce((sum, events) => sum + events.length, 0),
    activeDays: activeDays(look),
    groups: namesOf(look.events.reduce((told, events) => groupsIn(events, told), 0)),
  };
};
