import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountLog, emptyLog, withEvents } from '#core/detection/activity/account-log.ts';
import { emptyEvent, type LoggedEvent, routes, verdicts } from '#core/detection/activity/logged-event.ts';
import { strongIdentifiers } from '#core/detection/graph/company.ts';
import { componentOf, type Neighbours } from '#core/detection/graph/component.ts';
import { graphFacts } from '#core/detection/graph/graph.ts';
import { serviceSize } from '#core/detection/graph/graph-facts.ts';
import { atLeast } from '#core/detection/graph/tail.ts';
import { unionFind } from '#core/detection/graph/union-find.ts';

const start = Date.UTC(2027, 0, 4);
const day = 86_400_000;
const hour = 3_600_000;

/** Evenly from 0 to 1, the same for the same seed (mulberry32). */
const chances = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

let ids = 0;
const anEvent = (facts: Partial<LoggedEvent>): LoggedEvent => {
  ids += 1;
  return { ...emptyEvent(), id: ids, at: start, route: routes.claim, ...facts };
};
const anAccount = (accountId: string, events: readonly LoggedEvent[]) => ({
  accountId,
  log: withEvents(emptyLog(), events),
});
type Account = ReturnType<typeof anAccount>;

/** Some polls from one phone, so that the phone is the account's. */
const pollsFrom = (facts: Partial<LoggedEvent>) =>
  [1, 2, 3].map((minute) => anEvent({ route: routes.list, at: start + minute * 60_000, ...facts }));

const componentsOf = (accounts: readonly Account[]) =>
  accounts.map(({ accountId }) => graphFacts(accounts).get(accountId)?.component);

/** Two weeks at one station: drops that everybody rushes for, some quicker than others, by push or a little later. */
const aMarket = (people: number, services: readonly { bots: number; delayMs: () => number }[]) => {
  const chance = chances(11);
  const bell = () => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
  const drivers = Array.from({ length: people }, (_, index) => ({
    accountId: `person-${index}`,
    speed: Math.exp(0.35 * bell()),
    keenness: 0.1 + 0.4 * chance(),
    events: [] as LoggedEvent[],
  }));
  const crews = services.map(({ bots, delayMs }, service) => ({
    delayMs,
    bots: Array.from({ length: bots }, (_, index) => ({
      accountId: `bot-${service}-${index}`,
      events: [] as LoggedEvent[],
    })),
  }));
  for (let drop = 1; drop <= 14 * 6; drop += 1) {
    const at = start + Math.floor(drop / 6) * day + (6 + 2 * (drop % 6) + chance()) * hour;
    const offers = [3 * drop, 3 * drop + 1, 3 * drop + 2];
    for (const { speed, keenness, events } of drivers) {
      if (chance() > keenness) continue;
      let then = at + (chance() < 0.4 ? 600_000 * chance() ** 3 : 1_500 * chance());
      for (const offer of offers.slice(0, 1 + Math.floor(2 * chance()))) {
        then += 350 + 2_000 * speed * Math.exp(0.6 * bell());
        events.push(anEvent({ at: Math.round(then), offer }));
      }
    }
    for (const { bots, delayMs } of crews) {
      const offer = offers[Math.floor(3 * chance())] as number;
      const then = at + delayMs();
      for (const { events } of bots) {
        if (chance() < 0.7) events.push(anEvent({ at: Math.round(then + 80 * chance()), offer }));
      }
    }
  }
  return [...drivers, ...crews.flatMap(({ bots }) => bots)].map(({ accountId, events }) =>
    anAccount(accountId, events),
  );
};

/** An offer every six hours that everybody claims, each so long after it was first seen. */
const rushes = (people: number, delayMs: (person: number, offer: number) => number) =>
  Array.from({ length: people }, (_, person) =>
    anAccount(
      `person-${person}`,
      Array.from({ length: 60 }, (_, index) => index + 1).flatMap((offer) => {
        const seenAt = start + offer * 6 * hour;
        const view = anEvent({ offer, at: seenAt, route: routes.view });
        return [view, anEvent({ offer, at: Math.round(seenAt + delayMs(person, offer)) })];
      }),
    ),
  );

describe('company', () => {
  it('joins accounts of one phone or one attested key, across several of them', () => {
    const accounts = [
      anAccount('a', pollsFrom({ device: 1 })),
      anAccount('b', [...pollsFrom({ device: 1 }), ...pollsFrom({ device: 2 })]),
      anAccount('c', pollsFrom({ device: 2, key: 9, verdict: verdicts.strong })),
      anAccount('d', pollsFrom({ key: 9, verdict: verdicts.basic })),
      anAccount('alone', pollsFrom({ device: 3, key: 1, verdict: verdicts.strong })),
    ];
    expect(componentsOf(accounts)).toEqual([4, 4, 4, 4, 1]);
  });

  it('joins nobody by a network, a key that failed, a phone used once or nothing at all', () => {
    const once = () => anEvent({ device: 5 });
    const facts = { network: 7, key: 8, verdict: verdicts.failed };
    const accounts = ['a', 'b', 'c', 'd'].map((id) => anAccount(id, [...pollsFrom(facts), once()]));
    expect(componentsOf([...accounts, anAccount('nothing', [])])).toEqual([1, 1, 1, 1, 1]);
  });

  it('takes no value that an app fills in for half of all accounts for a phone', () => {
    const accounts = Array.from({ length: 80 }, (_, index) =>
      anAccount(`a${index}`, pollsFrom({ device: index < 60 ? 1 : 2 })),
    );
    const facts = graphFacts(accounts);
    expect(facts.get('a0')?.component).toBe(1);
    expect(facts.get('a79')?.component).toBe(20);
  });

  it('lets nothing follow from two cousins on one phone, nor from three', () => {
    expect([1, 2, 3, 4, 40].map((component) => serviceSize({ component }))).toEqual([1, 1, 1, 4, 40]);
  });

  it('is the same for any order of the accounts', () => {
    const accounts = aMarket(30, [{ bots: 5, delayMs: () => 4_000 }]);
    const found = (order: readonly Account[]) => [...graphFacts(order)].sort();
    expect(found([...accounts].reverse())).toEqual(found(accounts));
  });
});

describe('company of an account by itself', () => {
  /** Who carries what, as it is noted of each account when it is scored. */
  const notedOf = (carried: ReadonlyMap<string, readonly string[]>) => {
    const state = { reads: 0 };
    const neighbours: Neighbours = {
      accountsOf: async (identifier) => {
        state.reads += 1;
        return [...carried].flatMap(([account, names]) => (names.includes(identifier) ? [account] : []));
      },
      identifiersOf: async (account) => {
        state.reads += 1;
        return carried.get(account) ?? [];
      },
    };
    const sizeOf = (account: string) => componentOf(neighbours, account, carried.get(account) ?? []);
    return { sizeOf, state };
  };
  const accountsWith = (count: number, namesOf: (index: number) => readonly string[]) =>
    notedOf(new Map(Array.from({ length: count }, (_, index) => [`a${index}`, namesOf(index)])));

  it('is the component that all accounts at once are joined to', async () => {
    const phones = fc.record({ device: fc.nat(5), key: fc.nat(3), verdict: fc.nat(3), events: fc.nat(4) });
    const lists = fc.array(fc.array(phones, { maxLength: 3 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lists, async (each) => {
        const accounts = each.map((list, index) =>
          anAccount(
            `a${index}`,
            list.flatMap(({ events, ...facts }) => Array.from({ length: events }, () => anEvent(facts))),
          ),
        );
        const facts = graphFacts(accounts);
        const { sizeOf } = notedOf(
          new Map(
            accounts.map(({ accountId, log }) => [
              accountId,
              [...strongIdentifiers(log.events.flat()).keys()],
            ]),
          ),
        );
        for (const { accountId } of accounts)
          expect(await sizeOf(accountId)).toBe(facts.get(accountId)?.component);
      }),
    );
  });

  it('costs somebody alone one read for each phone and key', async () => {
    const { sizeOf, state } = accountsWith(5, (index) => [`device ${index}`, `key ${index}`]);
    expect(await sizeOf('a0')).toBe(1);
    expect(state.reads).toBe(2);
  });

  it('ends at 32 accounts, and at 100 reads with no more than it met', async () => {
    const chain = accountsWith(60, (index) => [`device ${index}`, `device ${index + 1}`]);
    expect(await chain.sizeOf('a30')).toBe(32);
    const many = (index: number) => Array.from({ length: 150 }, (_, phone) => `device ${index}-${phone}`);
    const phones = accountsWith(2, many);
    expect(await phones.sizeOf('a0')).toBe(1);
    expect(phones.state.reads).toBe(100);
  });

  it('takes what more than 50 accounts carry for what an app fills in', async () => {
    const filled = (index: number) => ['device 1', ...(index < 3 ? ['key 1'] : [])];
    expect(await accountsWith(51, filled).sizeOf('a0')).toBe(3);
    expect(await accountsWith(51, filled).sizeOf('a9')).toBe(1);
    expect(await accountsWith(31, filled).sizeOf('a9')).toBe(31);
  });
});

describe('claiming together', () => {
  const synchronous = (accounts: readonly Account[]) =>
    [...graphFacts(accounts)].filter(([, { synchrony }]) => synchrony > 0).map(([id]) => id);

  it('finds services among people, whether they are the first or not, and no person', () => {
    const chance = chances(5);
    const accounts = aMarket(250, [
      { bots: 6, delayMs: () => 200 + 100 * chance() },
      { bots: 5, delayMs: () => 1_000 + 20_000 * chance() },
    ]);
    const bots = accounts.map(({ accountId }) => accountId).filter((id) => id.startsWith('bot'));
    expect(synchronous(accounts).sort()).toEqual(bots.sort());
  });

  it('tells nothing of two or three that are always together: a household is no service', () => {
    const chance = chances(5);
    const delayMs = () => 1_000 + 20_000 * chance();
    expect(
      synchronous(
        aMarket(60, [
          { bots: 2, delayMs },
          { bots: 3, delayMs },
        ]),
      ),
    ).toEqual([]);
  });

  it('takes a few who are quick among many who are slow for quick, not for one', () => {
    const chance = chances(3);
    const delayMs = (person: number) => (person < 6 ? 400 + 1_500 * chance() : 5_000 + 600_000 * chance());
    expect(synchronous(rushes(40, delayMs))).toEqual([]);
  });

  it('takes a push that wakes everybody, each time at another moment, for a push', () => {
    const chance = chances(3);
    const pushes = Array.from({ length: 61 }, () => 7_200_000 * chance());
    const delayMs = (_: number, offer: number) => (pushes[offer] as number) + 3_000 * chance();
    expect(synchronous(rushes(30, delayMs))).toEqual([]);
  });

  it('is blind rather than wrong on clocks of ten seconds', () => {
    const coarse = (log: AccountLog) =>
      withEvents(
        emptyLog(),
        log.events.flat().map((event) => ({ ...event, at: event.at - (event.at % 10_000) })),
      );
    const accounts = aMarket(120, []).map(({ accountId, log }) => ({ accountId, log: coarse(log) }));
    expect(synchronous(accounts)).toEqual([]);
  });

  it('compares a sample of an offer that thousands claim', () => {
    const accounts = Array.from({ length: 3_000 }, (_, index) =>
      anAccount(
        `a${index}`,
        Array.from({ length: 6 }, (_, offer) =>
          anEvent({ offer: offer + 1, at: start + offer * day + index }),
        ),
      ),
    );
    expect(synchronous(accounts)).toEqual([]);
  });
});

describe('the parts', () => {
  it('joins what a slow search over the same pairs would find', () => {
    const pairs = fc.array(fc.tuple(fc.nat(19), fc.nat(19)), { maxLength: 30 });
    fc.assert(
      fc.property(pairs, (joins) => {
        const sets = unionFind(20);
        for (const [a, b] of joins) sets.join(a, b);
        const reachable = new Set([0]);
        for (let before = 0; before !== reachable.size; ) {
          before = reachable.size;
          for (const [a, b] of joins) if (reachable.has(a) || reachable.has(b)) reachable.add(a).add(b);
        }
        expect(sets.sizeOf(0)).toBe(reachable.size);
        for (const each of reachable) expect(sets.rootOf(each)).toBe(sets.rootOf(0));
      }),
    );
  });

  it('knows the tail of equal trials, to the smallest numbers', () => {
    // Binomial: P(X >= 3) of 5 at 1/2 is 16/32; of 100 at 1/1000 all succeed with 1e-300.
    expect(
      atLeast(
        3,
        Array.from({ length: 5 }, () => 0.5),
      ),
    ).toBeCloseTo(0.5, 15);
    expect(
      Math.log10(
        atLeast(
          100,
          Array.from({ length: 100 }, () => 0.001),
        ),
      ),
    ).toBeCloseTo(-300, 9);
    expect([atLeast(0, []), atLeast(1, [])]).toEqual([1, 0]);
  });

  it('gives every tail the probability that listing all outcomes gives it', () => {
    const trials = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
    fc.assert(
      fc.property(trials, fc.nat(8), (each, hits) => {
        let sum = 0;
        for (let outcome = 0; outcome < 2 ** each.length; outcome += 1) {
          const succeeded = each.map((_, index) => (outcome >> index) % 2 === 1);
          if (succeeded.filter(Boolean).length < hits) continue;
          sum += each.reduce((product, p, index) => product * (succeeded[index] ? p : 1 - p), 1);
        }
        expect(atLeast(hits, each)).toBeCloseTo(sum, 10);
      }),
    );
  });
});
