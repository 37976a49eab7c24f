import { emptyLog, withEvents } from '#core/detection/activity/account-log.ts';
import { type GroupSet, groupsIn } from '#core/detection/activity/groups.ts';
import { graphFacts } from '#core/detection/graph/graph.ts';
import type { GraphFacts } from '#core/detection/graph/graph-facts.ts';
import type { Accounts } from '../events/read-accounts.ts';
import type { Progress } from '../progress.ts';

/** Nine inner deciles of what offers pay, each offer once at the most it paid: what is well paid in this market. */
export const valueEdgesOf = (accounts: Accounts, indices: readonly number[]): readonly number[] => {
  const paid = new Map<number, number>();
  const unnamed: number[] = [];
  for (const index of indices)
    for (const { offer, value } of accounts.eventsOf(index)) {
      if (Number.isNaN(value)) continue;
      if (offer === 0) unnamed.push(value);
      else paid.set(offer, Math.max(paid.get(offer) ?? value, value));
    }
  const values = Float64Array.from([...paid.values(), ...unnamed]).sort();
  if (values.length === 0) return [];
  return Array.from({ length: 9 }, (_, at) => values[Math.floor(((at + 1) * values.length) / 10)] as number);
};

/** Counts of some accounts, for the card. */
export interface Facts {
  readonly accounts: number;
  readonly events: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly groups: GroupSet;
}

export const factsOf = (accounts: Accounts, indices: readonly number[]): Facts => {
  let [events, firstAt, lastAt, groups] = [0, Number.POSITIVE_INFINITY, 0, 0];
  for (const index of indices) {
    const list = accounts.eventsOf(index);
    events += list.length;
    firstAt = Math.min(firstAt, list[0]?.at ?? firstAt);
    lastAt = Math.max(lastAt, list.at(-1)?.at ?? 0);
    groups |= groupsIn(list);
  }
  return { accounts: indices.length, events, firstAt, lastAt, groups };
};

/** What each account's company says about it, over all accounts of the files. */
export const graphOf = (
  accounts: Accounts,
  startProgress: (what: string, total: number) => Progress,
): readonly (GraphFacts | undefined)[] => {
  const progress = startProgress('company of accounts', accounts.names.length);
  const facts = graphFacts(
    (function* () {
      for (const [index, accountId] of accounts.names.entries()) {
        progress.at(index);
        yield { accountId, log: withEvents(emptyLog(), accounts.eventsOf(index)) };
      }
    })(),
  );
  progress.end();
  return accounts.names.map((name) => facts.get(name));
};
