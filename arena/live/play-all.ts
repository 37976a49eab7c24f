import { resolve } from 'node:path';
import type { LiveFamily } from '../family.ts';
import type { Options } from '../options.ts';
import { type GameRow, gameRow } from '../table.ts';
import { type GamePlan, playGame } from './game.ts';
import { type Defence, describeSystem, startSystem } from './local-system.ts';
import { hasManyAddresses } from './network.ts';

type Bots = GamePlan['bots'];

/** So many bot accounts that they are the given share of all, evenly over the families; each has one at least. */
export const botsOf = (families: readonly LiveFamily[], humans: number, share: number): Bots => {
  const total = share === 0 ? 0 : Math.max(families.length, Math.round((humans * share) / (1 - share)));
  return families.map((family, index) => ({
    family,
    accounts: Math.floor((total + index) / families.length),
  }));
};

const accountsOf = (bots: Bots) => bots.reduce((sum, { accounts }) => sum + accounts, 0);

/**
 * All games, one after the other: two at once would take each other's processor, and people would seem slow. A
 * local system serves one mode and one defence; every game on it has drivers of its own.
 */
export const playAll = async (
  { api, each, humans, share, modes, defences, seed, plugin }: Options,
  families: readonly LiveFamily[],
  seconds: number,
  progress: (line: string) => void,
): Promise<GameRow[]> => {
  const lineups = (each ? families.map((family) => [family]) : [families]).map((playing) =>
    botsOf(playing, humans, share),
  );
  const manyAddresses = await hasManyAddresses();
  const rows: GameRow[] = [];
  for (const mode of modes)
    for (const defence of api === undefined ? defences : (['as found'] as const)) {
      const drivers = lineups.reduce((sum, bots) => sum + humans + accountsOf(bots), 0);
      const system = await open(api, defence, drivers, progress);
      let firstDriver = 1;
      try {
        for (const bots of lineups) {
          const names = bots.map(({ family }) => family.name).join(', ');
          progress(
            `${mode}, defence ${defence}: ${humans} people, ${accountsOf(bots)} bots (${names}), ${seconds} s`,
          );
          const game = await playGame({
            ...{ api: system.api, stationId: system.stationId, mode, defence, humans, bots, seconds, seed },
            ...{ firstDriver, manyAddresses, keepPhones: api !== undefined },
            ...(plugin !== undefined && { plugin: resolve(plugin) }),
          });
          rows.push(gameRow(game));
          if (api === undefined) firstDriver += humans + accountsOf(bots);
        }
      } finally {
        await system.stop();
      }
    }
  return rows;
};

const open = async (
  api: string | undefined,
  defence: Defence | 'as found',
  drivers: number,
  progress: (line: string) => void,
) => {
  if (api !== undefined) {
    const { attestation, stationId } = await describeSystem(api);
    progress(`${api}: attestation ${attestation}; whether it challenges claims shows in the table`);
    return { api, stationId, stop: async () => {} };
  }
  if (defence === 'as found') throw new Error('nothing was found');
  progress(`starting a local system, defence ${defence}`);
  const system = await startSystem(defence, drivers);
  return { ...system, stationId: (await describeSystem(system.api)).stationId };
};
