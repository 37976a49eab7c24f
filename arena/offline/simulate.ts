import { type Chance, chanceOf } from './chance.ts';
import {
  type Client,
  homeOf,
  machineOf,
  type Network,
  phoneOf,
  type Surroundings,
  surroundingsOf,
} from './equipment.ts';
import type { OfflineFamily } from './family.ts';
import { habitsOf } from './habits.ts';
import { type Account, Hand } from './hand.ts';
import type { Log } from './log.ts';
import { day, hour, marketOf } from './market.ts';
import { Person } from './person.ts';
import { type Member, type Plan, person, type Unit } from './population.ts';
import { Station } from './station.ts';
import type { Tally } from './tally.ts';

/** Monday. */
const beginning = Date.UTC(2026, 0, 5);
const stationsPerRegion = 5;
/** Characters after which the lines are handed on. */
const chunk = 1 << 20;

interface Place {
  station: Station;
  around: Surroundings;
  chance: Chance;
  log: Log;
  tally: Tally;
}

const ownerPhones = (member: Member, chance: Chance, around: Surroundings, home: Network): Client[] => {
  const has = (cohort: Member['cohorts'][number]) => member.cohorts.includes(cohort);
  const traits = {
    cheap: has('cheap-phone'),
    retrying: has('retrying-app'),
    scanning: has('accessibility'),
  };
  const phones = has('two-phones') ? 2 : 1;
  return Array.from({ length: phones }, () => phoneOf(chance, around, home, traits));
};

/** Moves in: the people of a unit, their phones, and the programs on their accounts. */
const settle = (place: Place, unit: Unit, families: ReadonlyMap<string, OfflineFamily>) => {
  const { station, around, log, tally } = place;
  const unitChance = chanceOf(`${place.chance.hex(16)}:unit`);
  const home = homeOf(unitChance);
  const familyPhone = phoneOf(unitChance, around, home, { cheap: false, retrying: false, scanning: false });
  const pool = Array.from({ length: 2 + unitChance.below(3) }, () =>
    machineOf(unitChance, around, familyPhone),
  );
  const programs: [Hand, OfflineFamily][] = [];
  for (const member of unit.members) {
    const chance = chanceOf(unitChance.hex(16));
    const { accountId, family } = member;
    const account: Account = { accountId, family, held: [], events: 0 };
    tally.of(family).accounts += 1;
    const ownHome = unit.kind === 'crew' ? homeOf(chance) : home;
    const phones = unit.kind === 'cousins' ? [familyPhone] : ownerPhones(member, chance, around, ownHome);
    const parts = { account, station, log, tally };
    const owner = new Hand({ ...parts, chance, clients: phones, isProgram: false });
    account.person = owner;
    const bot = families.get(family);
    // Most programs run on accounts that somebody also uses by hand.
    const share = family === person ? 1 : chance.happens(0.6) ? chance.between(0.1, 0.7) : 0;
    if (share > 0) station.start(new Person(owner, habitsOf(chance, member.cohorts), share).live());
    if (!bot) continue;
    const machines = { phone: phones, pool, any: [machineOf(chance, around, phones[0] ?? familyPhone)] };
    const program = new Hand({
      ...parts,
      chance: chanceOf(chance.hex(16)),
      clients: machines[bot.machine ?? 'any'],
      isProgram: true,
      ...(bot.solving ? { solving: bot.solving } : {}),
    });
    programs.push([program, bot]);
  }
  const crew = programs.map(([hand]) => hand);
  for (const [hand, family] of programs) station.start(family.act(hand, crew));
};

/** What every account of a station does in all the days, in pieces of lines ordered by time; good blocks by day. */
export function* simulate(
  plan: Plan,
  number: number,
  units: readonly Unit[],
  families: ReadonlyMap<string, OfflineFamily>,
  log: Log,
  tally: Tally,
): Generator<string, number[], void> {
  const chance = chanceOf(`${plan.seed}:station:${number}`);
  const region = chanceOf(`${plan.seed}:region:${Math.floor(number / stationsPerRegion)}`);
  const stationId = `S${number.toString().padStart(4, '0')}`;
  const accounts = units.reduce((sum, { members }) => sum + members.length, 0);
  const zone = Math.round(region.between(-9, 11) * 4) * (hour / 4);
  const span = { from: beginning, days: plan.days };
  const station = new Station({
    stationId,
    market: marketOf(chance, { stationId, accounts, zone, ...span }),
    chance,
    from: beginning,
    until: beginning + plan.days * day,
    zone,
  });
  const place = { station, around: surroundingsOf(region, chance), chance, log, tally };
  for (const unit of units) settle(place, unit, families);
  while (station.step()) if (log.length > chunk) yield log.take();
  const good = Array<number>(plan.days).fill(0);
  for (const offer of station.market.offers) {
    const opened = Math.min(Math.max(station.dayOf(offer.opensAt), 0), plan.days - 1);
    if (offer.good) good[opened] = (good[opened] ?? 0) + 1;
  }
  if (log.length > 0) yield log.take();
  return good;
}
