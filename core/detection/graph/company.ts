import type { AccountLog } from '../activity/account-log.ts';
import { type LoggedEvent, routes, verdicts } from '../activity/logged-event.ts';

/** What the graph needs of an account: the rest of its log need not be held while others are read. */
export interface Member {
  accountId: string;
  /** Attested keys and installations. */
  strong: readonly string[];
  networks: readonly number[];
  /** First claim of each offer: hash of the offer -> milliseconds since the epoch. */
  claims: ReadonlyMap<number, number>;
  /** First time that each offer was seen with this account, likewise. */
  seen: ReadonlyMap<number, number>;
}

/** A phone lent once for a moment, a mistyped line: less than so many events with an identifier join nobody. */
const leastEvents = 3;

const keepFirst = (known: Map<number, number>, { offer, at }: LoggedEvent) => {
  const before = known.get(offer);
  if (before === undefined || at < before) known.set(offer, at);
};

/**
 * Attested keys and installations that an account bears, with the time of the last event that bore each. A key that failed
 * its attestation is nobody's key.
 */
export const strongIdentifiers = (events: readonly LoggedEvent[]): Map<string, number> => {
  const borne = new Map<string, { events: number; lastAt: number }>();
  const count = (name: string, at: number) => {
    const known = borne.get(name);
    if (known === undefined) borne.set(name, { events: 1, lastAt: at });
    else {
      known.events += 1;
      known.lastAt = Math.max(known.lastAt, at);
    }
  };
  for (const { key, verdict, device, at } of events) {
    if (key !== 0 && verdict !== verdicts.failed) count(`key ${key}`, at);
    if (device !== 0) count(`device ${device}`, at);
  }
  return new Map(
    [...borne].flatMap(([name, { events: times, lastAt }]) =>
      times >= leastEvents ? [[name, lastAt] as const] : [],
    ),
  );
};

/** Reads a member out of its log. */
export const memberOf = ({ accountId, log }: { accountId: string; log: AccountLog }): Member => {
  const events = log.events.flat();
  const networks = new Set<number>();
  const claims = new Map<number, number>();
  const seen = new Map<number, number>();
  for (const event of events) {
    if (event.network !== 0) networks.add(event.network);
    if (event.offer === 0) continue;
    keepFirst(seen, event);
    if (event.route === routes.claim) keepFirst(claims, event);
  }
  return {
    accountId,
    strong: [...strongIdentifiers(events).keys()],
    networks: [...networks],
    claims,
    seen,
  };
};

/** Accounts, by their place in the list, that carry each identifier. */
const carriersOf = <Name>(members: readonly Member[], namesOf: (member: Member) => readonly Name[]) => {
  const carriers = new Map<Name, number[]>();
  members.forEach((member, index) => {
    for (const name of namesOf(member)) {
      const known = carriers.get(name);
      if (known) known.push(index);
      else carriers.set(name, [index]);
    }
  });
  return carriers;
};

/** More accounts than this on a network are a carrier's exchange or a station's Wi-Fi: it says nothing of them. */
export const mostOnNetwork = 50;
/** What half of many accounts carry is a value that an app fills in, not a phone. */
const isFilledIn = (carriers: number, accounts: number) => carriers > Math.max(mostOnNetwork, accounts / 2);

const strongWeight = 1;
/** Adamic and Adar, damped: the more accounts share a network, the less it ties two of them. */
const weakWeight = (degree: number) => 1 / Math.log(5 + degree);

export interface Ties {
  /** Accounts of each strong identifier that at least two share. */
  strong: readonly (readonly number[])[];
  /** Of two accounts: the sum of what they share; 0 is nothing. */
  weightOf(a: number, b: number): number;
  /** The sum over all pairs of accounts. */
  totalWeight: number;
}

/** Who shares what. Linear in the identifiers: no pair is ever listed. */
export const tiesOf = (members: readonly Member[]): Ties => {
  const strong = [...carriersOf(members, (member) => member.strong)].filter(
    ([, { length }]) => length > 1 && !isFilledIn(length, members.length),
  );
  const weak = [...carriersOf(members, (member) => member.networks)].filter(
    ([, { length }]) => length > 1 && length <= mostOnNetwork,
  );
  const weights = new Map<string | number, number>([
    ...strong.map(([name]) => [name, strongWeight] as const),
    ...weak.map(([name, { length }]) => [name, weakWeight(length)] as const),
  ]);
  const namesOf = (index: number): readonly (string | number)[] => {
    const member = members[index] as Member;
    return [...member.strong, ...member.networks];
  };
  return {
    strong: strong.map(([, carriers]) => carriers),
    weightOf: (a, b) => {
      const others = new Set(namesOf(b));
      return namesOf(a).reduce<number>(
        (sum, name) => sum + (others.has(name) ? (weights.get(name) ?? 0) : 0),
        0,
      );
    },
    totalWeight: [...strong, ...weak].reduce(
      (sum, [name, { length }]) => sum + (weights.get(name) ?? 0) * ((length * (length - 1)) / 2),
      0,
    ),
  };
};
