import { parseArgs } from 'node:util';
import { fastClaimer, passwordHolder, person, seededChance, takePart } from './participants.ts';
import { signIn, signInWithPhone } from './session.ts';

const { values } = parseArgs({
  options: {
    api: { type: 'string', default: 'http://127.0.0.1:8787' },
    seconds: { type: 'string', default: '20' },
    blocks: { type: 'string', default: '40' },
    bots: { type: 'string', default: '6' },
    mode: { type: 'string', default: 'direct' },
    seed: { type: 'string', default: '1' },
  },
});

const hour = 3_600_000;
const participants = 20;
const stationId = 'DSE1';
const seconds = Math.min(Number(values.seconds), 300);
const count = Math.min(Number(values.blocks), 100);
const bots = Math.min(Number(values.bots), participants);
const mode = values.mode === 'gated' ? 'gated' : 'direct';

const publisher = await signIn(values.api, 'publisher@evenfield.test');
/** Every second bot has a password and no phone. */
const familyOf = (index: number) => (index >= bots ? person : index % 2 === 0 ? fastClaimer : passwordHolder);
const drivers = await Promise.all(
  Array.from({ length: participants }, (_, index) => {
    const open = familyOf(index).hasPhone ? signInWithPhone : signIn;
    return open(values.api, `driver${index + 1}@evenfield.test`);
  }),
);

const opensAt = Date.now() + 2_000;
const chance = seededChance(Number(values.seed));
const drop = await publisher.publishDrop({
  body: {
    stationId,
    mode,
    opensAt: new Date(opensAt).toISOString(),
    blocks: Array.from({ length: count }, (_, index) => {
      const startAt = Math.floor(opensAt / hour) * hour + (24 + index * 2) * hour;
      return {
        startAt: new Date(startAt).toISOString(),
        endAt: new Date(startAt + 2 * hour).toISOString(),
        pay: { amount: 4_000 + Math.round(chance() * 6_000), currency: 'EUR' },
      };
    }),
  },
});
if (!drop.ok) throw new Error(`the drop was refused: ${JSON.stringify(drop.body)}`);
const blocks = drop.body.blocks;
const good = new Set(
  [...blocks]
    .sort((a, b) => b.pay.amount - a.pay.amount)
    .slice(0, Math.ceil(count / 4))
    .map(({ blockId }) => blockId),
);

console.log(
  `${count} blocks (${mode}) open at once; ${participants - bots} people, ${bots} fast claimers; ${seconds} s`,
);
const only = new Set(blocks.map(({ blockId }) => blockId));
const tallies = await Promise.all(
  drivers.map(async (client, index) => {
    const family = familyOf(index);
    const until = opensAt + seconds * 1_000;
    const tally = await takePart(client, family, { stationId, until, chance: seededChance(index + 1), only });
    return { family: family.name, ...tally };
  }),
);

const refusalsOf = (members: readonly { refusals: Map<string, number> }[]) => {
  const counts = new Map<string, number>();
  for (const [code, count] of members.flatMap(({ refusals }) => [...refusals]))
    counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts].map(([code, count]) => `${code} ${count}`).join(', ');
};

const percent = (part: number, whole: number) => `${whole ? Math.round((100 * part) / whole) : 0} %`;
console.table(
  Object.fromEntries(
    [...Map.groupBy(tallies, ({ family }) => family)].map(([family, members]) => {
      const won = members.flatMap((member) => member.won);
      const best = won.filter(({ blockId }) => good.has(blockId)).length;
      return [
        family,
        {
          accounts: members.length,
          attempts: members.reduce((sum, { attempts }) => sum + attempts, 0),
          blocks: won.length,
          'share of blocks': percent(won.length, count),
          'best-paid quarter': percent(best, good.size),
          refusals: refusalsOf(members),
          'fair share': percent(members.length, participants),
        },
      ];
    }),
  ),
);
const winners = tallies.flatMap(({ won }) => won.map(({ blockId }) => blockId));
if (new Set(winners).size !== winners.length) throw new Error('a block was won twice');
