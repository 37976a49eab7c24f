import { hashId } from '#core/detection/activity/hash.ts';
import { catalogue } from '#core/detection/features/catalogue.ts';
import { columnsOf } from '#core/detection/model/judge.ts';
import { graphOf, valueEdgesOf } from '../accounts/population.ts';
import { replayAccounts } from '../accounts/replay-accounts.ts';
import { uncalibrated } from '../calibration/calibrate.ts';
import { readAccounts } from '../events/read-accounts.ts';
import { isRefusal, refuse } from '../files/refusal.ts';
import { areaUnderCurve } from '../statistics/order.ts';
import { learn, type Taught, whyNotFit } from '../training/fit.ts';
import { settingsFor } from '../training/settings.ts';
import type { Outcome, Surroundings } from './context.ts';

export interface RealismCommand {
  /** Events of real people, and of simulated ones. */
  readonly real: readonly string[];
  readonly simulated: readonly string[];
}

const folds = 5;

interface Person extends Taught {
  readonly fold: number;
}

/** One look at each account, its last; `isBot` stands for "simulated" here. */
const peopleIn = async (
  files: readonly string[],
  isSimulated: boolean,
  around: Surroundings,
  edges?: readonly number[],
) => {
  const accounts = await readAccounts(files, around.startProgress);
  if (isRefusal(accounts)) return accounts;
  const indices = [...accounts.names.keys()];
  const market = { valueEdges: edges ?? valueEdgesOf(accounts, indices) };
  const wanted = indices.map((account) => ({ account, which: 'chosen', without: 0 }) as const);
  const people: Person[] = [];
  let place = 0;
  for await (const looks of replayAccounts(accounts, wanted, {
    ...around,
    market,
    graph: graphOf(accounts, around.startProgress),
  })) {
    const fold = hashId(`fold ${accounts.names[place]}`) % folds;
    people.push({ looks: looks.slice(-1), isBot: isSimulated, isCopy: false, fold });
    place += 1;
  }
  return { people, edges: market.valueEdges };
};

const scoresOutOfFold = (people: readonly Person[], around: Surroundings) =>
  Array.from({ length: folds }, (_, fold) => {
    const others = people.filter((one) => one.fold !== fold);
    const own = people.filter((one) => one.fold === fold && one.looks.length > 0);
    if (whyNotFit(others)) return [];
    const model = uncalibrated(learn(others, settingsFor(others.length, fold), around.startProgress));
    return own.map(({ looks, isBot }) => ({
      score: model.trees.score(columnsOf(model, (looks[0] as { row: Float64Array }).row)),
      isBot,
    }));
  }).flat();

/** Features that alone tell real from simulated best: what the simulation gets wrong. */
const tellingMost = (people: readonly Person[]) =>
  catalogue
    .map(({ name }, at) => {
      const known = people.flatMap(({ looks, isBot }) => {
        const value = looks[0]?.row[at] ?? Number.NaN;
        return Number.isNaN(value) ? [] : [{ value, isBot }];
      });
      const area = areaUnderCurve(
        known.map(({ value }) => value),
        known.map(({ isBot }) => isBot),
      );
      return { name, area: known.length < people.length / 4 ? Number.NaN : area };
    })
    .filter(({ area }) => !Number.isNaN(area))
    .sort((a, b) => Math.abs(b.area - 0.5) - Math.abs(a.area - 0.5))
    .slice(0, 10);

/** How well a classifier of five folds tells real people from simulated ones: .5 is not at all, 1 is always. */
export const realism = async (options: RealismCommand, around: Surroundings): Promise<Outcome> => {
  const real = await peopleIn(options.real, false, around);
  if (isRefusal(real)) return real;
  const simulated = await peopleIn(options.simulated, true, around, real.edges);
  if (isRefusal(simulated)) return simulated;
  const people = [...real.people, ...simulated.people];
  const wrong = whyNotFit(people);
  if (wrong) return refuse(options.simulated[0] ?? '', 0, wrong.replace('bots', 'simulated'));
  const scored = scoresOutOfFold(people, around);
  const area = areaUnderCurve(
    scored.map(({ score }) => score),
    scored.map(({ isBot }) => isBot),
  );
  around.print(
    `real against simulated people, ${folds} folds of ${scored.length} accounts: area under the curve ${area.toFixed(3)}`,
  );
  for (const { name, area: own } of tellingMost(people)) around.print(`  ${name}: ${own.toFixed(3)} alone`);
  return undefined;
};
