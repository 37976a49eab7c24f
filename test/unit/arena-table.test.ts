import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liveFamilies } from '../../arena/families/index.ts';
import { lowerBound, quantile, upperBound } from '../../arena/interval.ts';
import { type GamePlan, rostersOf } from '../../arena/live/game.ts';
import { botsOf } from '../../arena/live/play-all.ts';
import { emptyTally, type Tally } from '../../arena/live/tally.ts';
import { worldOf } from '../../arena/live/world.ts';
import { type AccountMonths, falseWarnings, monthsRows } from '../../arena/months/summary.ts';
import { describeGames } from '../../arena/print.ts';
import { gameRow } from '../../arena/table.ts';

const aTally = (family: string, fields: Partial<Tally> = {}): Tally => ({
  ...emptyTally(family, `one of ${family}`),
  ...fields,
});
/** Pay falls from the first to the last: of eight blocks the first two are good. */
const blocksCalled = (...ids: string[]) =>
  ids.map((blockId, index) => ({ blockId, amount: 1_000 - index, isLate: index % 2 === 1 }));

describe('the bound of a rate', () => {
  it('is the one that is known: 300 clean claims show 1 %, 3,000 show 0.1 %', () => {
    expect(upperBound(0, 300)).toBeCloseTo(1 - 0.05 ** (1 / 300), 10);
    expect(upperBound(0, 300)).toBeLessThan(0.01);
    expect(upperBound(0, 3_000)).toBeLessThan(0.001);
    // Of the beta distribution: B(0.95; 2, 9) and B(0.05; 9, 2).
    expect(upperBound(1, 10)).toBeCloseTo(0.39416, 4);
    expect(lowerBound(9, 10)).toBeCloseTo(0.60584, 4);
  });

  it('holds the rate that was seen, and mirrors', () => {
    const counts = fc.integer({ min: 1, max: 400 }).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));
    fc.assert(
      fc.property(counts, ([hits, n]) => {
        expect(upperBound(hits, n)).toBeGreaterThanOrEqual(hits / n - 1e-9);
        expect(lowerBound(hits, n)).toBeLessThanOrEqual(hits / n + 1e-9);
        expect(upperBound(hits, n)).toBeCloseTo(1 - lowerBound(n - hits, n), 6);
      }),
      { numRuns: 40 },
    );
  });

  it('of nothing is everything', () => {
    expect(upperBound(0, 0)).toBe(1);
    expect(quantile([], 0.5)).toBeUndefined();
  });
});

describe('the table of a game', () => {
  const game = {
    mode: 'direct' as const,
    defence: 'on' as const,
    seconds: 60,
    blocks: blocksCalled('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
  };

  it("sets people's share of good blocks against their share of accounts", () => {
    const people = [aTally('person', { won: ['a'] }), aTally('person', { won: ['h'] })];
    const row = gameRow({
      ...game,
      tallies: [...people, aTally('fixed-poller', { won: ['b', 'c'] }), aTally('fixed-poller')],
    });
    expect(row.good).toBe(2);
    expect(row.humansOfFairShare).toBe(1);
    // The good one that opened late is the bot's.
    expect(row.humansOfFairShareLate).toBe(0);
    expect(row.goodUnclaimed).toBe(0);
    expect(row.against).toEqual(['fixed-poller']);
  });

  it('counts a block that two accounts have', () => {
    const tallies = [aTally('person', { won: ['a', 'b'] }), aTally('fixed-poller', { won: ['b'] })];
    expect(gameRow({ ...game, tallies }).doubleWins).toBe(1);
  });

  it('shares all good blocks that were won among the families, whoever won what', () => {
    const owner = fc.constantFrom('person', 'fixed-poller', 'puzzle-farm', 'nobody');
    fc.assert(
      fc.property(fc.array(owner, { minLength: 8, maxLength: 8 }), (owners) => {
        const tallies = ['person', 'fixed-poller', 'puzzle-farm'].map((family) =>
          aTally(family, {
            won: game.blocks.filter((_, at) => owners[at] === family).map(({ blockId }) => blockId),
          }),
        );
        const row = gameRow({ ...game, tallies });
        const shares = row.families.reduce((sum, { goodShare }) => sum + goodShare, 0);
        expect(shares).toBeCloseTo(row.goodUnclaimed === row.good ? 0 : 1);
        expect(row.doubleWins).toBe(0);
      }),
    );
  });

  it('says of a family that never came to a claim how often it was refused the list', () => {
    const row = gameRow({ ...game, tallies: [aTally('password-holder', { looks: 10, looksRefused: 10 })] });
    expect(row.families[0]).toMatchObject({ attempts: 0, stopped: 1 });
  });

  it('prints both defences side by side, and the people who were challenged with their number', () => {
    const off = gameRow({ ...game, defence: 'off', tallies: [aTally('person', { attempts: 300 })] });
    const on = gameRow({ ...game, tallies: [aTally('person', { attempts: 310, challenged: 2 })] });
    const text = describeGames([off, on], false);
    expect(text).toContain('300 | 310');
    expect(text).toContain('2 of 310');
    expect(text).toContain('0 of 300 (95 %: at most 1.0 %)');
  });
});

describe('a claim of a participant', () => {
  const offer = { offerId: 'block-00.1', blockId: 'block-00', offerToken: 'token' };
  /** A world whose service gives these answers to claims and to questions about draws, one after the other. */
  const worldWith = (
    answers: readonly object[],
    tally: Tally,
    { draws = [], isPassed = true }: { draws?: readonly object[]; isPassed?: boolean } = {},
  ) => {
    const [waiting, looks] = [[...answers], [...draws]];
    let passed = isPassed;
    const client = {
      claimBlock: async () => ({ headers: new Headers(), ...waiting.shift() }),
      getChallenge: async () => ({ ok: true, body: passed ? { clearance: 'cleared' } : {} }),
      getDraw: async () => looks.shift(),
    };
    const fields = {
      client,
      solvedByHand: async () => {
        passed = true;
      },
      now: () => 0,
      wait: async () => {},
      until: 1_000,
      chance: () => 0.5,
      isOurs: () => true,
    };
    return worldOf(fields as unknown as Parameters<typeof worldOf>[0], tally);
  };
  const challenged = {
    ok: false,
    status: 428,
    body: { code: 'challenge-required', challenge: { challengeId: 'one' } },
  };

  it('that is challenged is stopped until it is passed, and counts once', async () => {
    const tally = aTally('person');
    const { claim, solve } = worldWith([challenged, { ok: true, status: 201 }], tally);
    const first = await claim(offer as never);
    expect(tally).toMatchObject({ attempts: 1, challenged: 1, stopped: 1, won: [] });
    expect(first).toMatchObject({ status: 'refused', challengeId: 'one' });
    const clearance = await solve('one', { kind: 'nobody' });
    await claim(offer as never, clearance);
    expect(tally).toMatchObject({ attempts: 1, challenged: 1, passed: 1, stopped: 0, won: ['block-00'] });
  });

  const closed = { drawId: 'drop-1', closesAt: '1970-01-01T00:00:00.500Z' };
  const entered = { ok: true, status: 202, body: { status: 'entered', ...closed } };
  const drawn = (outcome: object) => ({
    ok: true,
    body: { drawnFrom: closed.closesAt, state: 'drawn', result: { outcome } },
  });

  it('that enters a draw wins nothing yet, and what the draw gives it once', async () => {
    const tally = aTally('person');
    const draws = [
      { ok: true, body: { state: 'closed', drawnFrom: closed.closesAt } },
      drawn({ status: 'won', block: { blockId: 'block-01' } }),
    ];
    const { claim, follow, drawsEnded } = worldWith([entered, entered], tally, { draws });
    const first = await claim(offer as never, undefined, [offer] as never);
    expect(first).toEqual({ status: 'entered', drawId: 'drop-1', closesAt: 500 });
    expect(tally).toMatchObject({ attempts: 1, draws: 1, won: [] });
    await claim(offer as never);
    await Promise.all([follow('drop-1', { kind: 'nobody' }), drawsEnded()]);
    expect(tally).toMatchObject({ attempts: 2, draws: 1, asked: 0, won: ['block-01'] });
  });

  it.each([
    ['owner', ['block-01']],
    ['nobody', []],
  ] as const)('that wins and is asked then is passed by the hands of %s', async (kind, won) => {
    const tally = aTally('person');
    const kept = { status: 'confirm', block: { blockId: 'block-01' }, offerToken: 'kept' };
    const answers = [entered, challenged, { ok: true, status: 201 }];
    const told = { draws: [drawn(kept)], isPassed: false };
    const { claim, follow, drawsEnded } = worldWith(answers, tally, told);
    await claim(offer as never);
    const hands = kind === 'nobody' ? { kind } : { kind, lookMs: () => 1 };
    void follow('drop-1', hands);
    await drawsEnded();
    expect(tally).toMatchObject({ draws: 1, asked: 1, challenged: 1, won });
    expect(tally.stopped).toBe(won.length === 0 ? 1 : 0);
  });

  it('that repeats an earlier win wins nothing, and one that came late is not stopped', async () => {
    const tally = aTally('person');
    const taken = { ok: false, status: 409, body: { code: 'block-taken' } };
    const { claim } = worldWith([{ ok: true, status: 200 }, taken, { ...taken, status: 429 }], tally);
    for (let claims = 0; claims < 3; claims += 1) await claim(offer as never);
    expect(tally).toMatchObject({ attempts: 3, stopped: 1, won: [] });
  });
});

describe('who plays', () => {
  const plan = (humans: number, share: number): GamePlan => ({
    ...{ api: 'http://127.0.0.1:1', stationId: 'DSE1', mode: 'direct', defence: 'on', seconds: 60, seed: 1 },
    ...{
      humans,
      bots: botsOf(liveFamilies, humans, share),
      keepPhones: false,
      firstDriver: 1,
      manyAddresses: true,
    },
  });

  it('are different drivers, bots the asked share of them, in networks that only a service shares', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 21, max: 300 }),
        fc.double({ min: 0.3, max: 0.6, noNaN: true }),
        (humans, share) => {
          const rosters = rostersOf(plan(humans, share));
          const seats = rosters.flatMap((roster) => roster.seats);
          const bots = seats.length - humans;
          expect(new Set(seats.map(({ user }) => user)).size).toBe(seats.length);
          expect(Math.abs(bots / seats.length - share)).toBeLessThan(0.02);
          for (const { family, seats: members } of rosters) {
            const networks = new Set(members.map(({ address }) => address));
            const isShared = liveFamilies.find(({ name }) => name === family)?.network === 'shared';
            expect(networks.size).toBe(isShared ? 1 : members.length);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('the account-months', () => {
  const day = 86_400_000;
  const anAccount = (family: string, fields: Partial<AccountMonths> = {}): AccountMonths => ({
    ...{ accountId: 'one', family, cohorts: [], firstEventAt: 0, firstWarningAt: null, judgedMonths: 1 },
    ...{ reasons: [], wonAt: [], challenges: 0, ...fields },
  });
  const prices = { phone: 80, account: 100 };

  it('tell how many days and blocks a bot has until its warning, the worst family first', () => {
    const warned = anAccount('fixed-poller', {
      firstWarningAt: 9 * day,
      wonAt: [1, 2, 8, 10, 20].map((at) => at * day),
    });
    const unseen = anAccount('human-replay', { wonAt: [day] });
    const [worst, other] = monthsRows([warned, unseen], prices, 30);
    expect(worst).toMatchObject({ family: 'human-replay', recall: 0, blocksUntilWarning: 1 });
    expect(worst).not.toHaveProperty('delayMedian');
    expect(other).toMatchObject({ recall: 1, delayMedian: 9, delayP90: 9, blocks: 5, blocksUntilWarning: 3 });
    // Phone and account serve a year, or are lost: a twelfth of $180 for five blocks, all of it for three.
    expect(other?.dollarsPerBlock).toBeCloseTo(3);
    expect(other?.dollarsPerBlockWarned).toBeCloseTo(60);
  });

  it('count every person that was warned, and name them', () => {
    const people = Array.from({ length: 3_000 }, (_, index) =>
      anAccount('person', { accountId: `p${index}` }),
    );
    const wrong = anAccount('person', {
      accountId: 'wrong',
      firstWarningAt: day,
      reasons: ['polls like a clock'],
    });
    expect(falseWarnings(people).upperBound).toBeLessThan(0.001);
    const bot = anAccount('fixed-poller', { firstWarningAt: day });
    const counted = falseWarnings([...people, wrong, bot]);
    expect(counted).toMatchObject({ accountMonths: 3_001, abstained: 0, warned: 1 });
    expect(counted.whom).toEqual([{ accountId: 'wrong', cohorts: [], reasons: ['polls like a clock'] }]);
  });

  it('of people who never could be judged make no rate smaller', () => {
    const judged = Array.from({ length: 10 }, () => anAccount('person', { judgedMonths: 2 }));
    const silent = Array.from({ length: 90 }, () => anAccount('person', { judgedMonths: 0 }));
    const warned = anAccount('person', { firstWarningAt: day });
    const counted = falseWarnings([...judged, ...silent, warned]);
    expect(counted).toMatchObject({ accountMonths: 21, abstained: 90, warned: 1, rate: 1 / 21 });
    expect(counted.upperBound).toBeCloseTo(upperBound(1, 21));
    expect(falseWarnings(silent)).toMatchObject({ accountMonths: 0, rate: 0, upperBound: 1 });
  });
});
