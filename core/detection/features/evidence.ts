import type { AccountLog } from '../activity/account-log.ts';
import { type LoggedEvent, routes } from '../activity/logged-event.ts';
import { activeDays } from './endurance.ts';
import { lookAt } from './look.ts';

/** How much an account's log says, within 30 days. */
export interface Evidence {
  /** Kept events. */
  events: number;
  /** Days of 24 h, counted from the account's first event, in which anything happened. */
  activeDays: number;
  /** Which optional groups of fields it has, by name. */
  groups: string[];
}

const groupTests: readonly (readonly [string, (event: LoggedEvent) => boolean])[] = [
  ['latency', ({ latencyMs, route }) => route === routes.claim && !Number.isNaN(latencyMs)],
  ['value', ({ value }) => !Number.isNaN(value)],
  ['outcome', ({ outcome }) => outcome !== 0],
  ['network', ({ network }) => network !== 0],
  ['asn', ({ asn }) => asn !== 0],
  ['attestation', ({ verdict, key }) => verdict !== 0 || key !== 0],
  ['device', ({ device }) => device !== 0],
  ['pointer', ({ route }) => route === routes.pointer],
  ['challenge', ({ route }) => route === routes.challenge],
  ['position', ({ latitude, longitude }) => !Number.isNaN(latitude) && !Number.isNaN(longitude)],
];

export const evidenceOf = (log: AccountLog, at: number): Evidence => {
  const look = lookAt(log, at, { valueEdges: [] });
  return {
    events: look.events.reduce((sum, events) => sum + events.length, 0),
    activeDays: activeDays(look),
    groups: groupTests
      .filter(([, test]) => look.events.some((events) => events.some(test)))
      .map(([name]) => name),
  };
};
