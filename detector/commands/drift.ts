import { hashId } from '#core/detection/activity/hash.ts';
import { columnsOf, compileModel, type Model } from '#core/detection/model/judge.ts';
import type { SpreadFile } from '#core/detection/model/model-file.ts';
import type { AccountLook } from '../accounts/looks.ts';
import { graphOf } from '../accounts/population.ts';
import { replayAccounts } from '../accounts/replay-accounts.ts';
import { tableOf } from '../evaluation/tables.ts';
import { readAccounts } from '../events/read-accounts.ts';
import { isRefusal } from '../files/refusal.ts';
import { readLabels } from '../labels/read-labels.ts';
import { readModel } from '../model-folder.ts';
import { monthsOf } from '../scoring/months.ts';
import { smoothP } from '../scoring/smooth-p.ts';
import { againstUniform } from '../statistics/order.ts';
import { stabilityIndex } from '../statistics/spread.ts';
import { wantedForJudging } from '../training/wanted.ts';
import type { Outcome, Surroundings } from './context.ts';

export interface DriftCommand {
  readonly model: string;
  readonly events: readonly string[];
  /** With them people alone are looked at; without, everybody. */
  readonly labels?: string;
}

/** Above this a feature is spread otherwise than when the model was calibrated. */
const mostUnstable = 0.2;
/** Accounts that a version of the app needs to be told of by itself. */
const leastOfVersion = 50;

interface Watched {
  readonly version: string;
  readonly pValues: readonly number[];
  readonly row: Float64Array;
}

const watchedOf = (
  model: Model,
  name: string,
  version: string,
  looks: readonly AccountLook[],
): readonly Watched[] => {
  const last = looks.findLast(({ isEligible }) => isEligible);
  if (!last) return [];
  const people = model.file.calibration.cohorts.all ?? [];
  const lot = hashId(`lot ${name}`) / 2 ** 53;
  const pValues = monthsOf(model, looks).map(({ pathScore }) => smoothP(people, pathScore, lot));
  return [{ version, pValues, row: columnsOf(model, last.row) }];
};

const report = (name: string, { file }: Model, some: readonly Watched[]): string => {
  const pValues = some.flatMap((one) => one.pValues);
  const { distance, pValue } = againstUniform(pValues);
  const people = file.calibration.cohorts.all?.length ?? 0;
  // What the index comes to among few accounts that do not differ at all (degrees of freedom over counts).
  const byChance = 10 * (1 / Math.max(1, some.length) + 1 / Math.max(1, people));
  const unstable = file.features
    .map((feature, at) => ({
      feature,
      index: stabilityIndex(
        file.reference[at] as SpreadFile,
        some.map(({ row }) => row[at] as number),
      ),
    }))
    .filter(({ index }) => index > mostUnstable + byChance)
    .sort((a, b) => b.index - a.index || (a.feature < b.feature ? -1 : 1));
  const rows = unstable.map(({ feature, index }) => [feature, index.toFixed(2)]);
  return `## ${name}: ${some.length} accounts, ${pValues.length} account-months

p-values against the uniform distribution: distance ${distance.toFixed(4)}, p ${pValue.toPrecision(2)}${pValue < 0.01 ? ': DRIFTED' : ''}. At p <= .01: ${pValues.filter((p) => p <= 0.01).length}.

${rows.length === 0 ? `No feature above a stability index of ${mostUnstable}, and ${byChance.toFixed(2)} that chance makes of so few accounts.` : tableOf(['feature', 'stability index'], rows)}
`;
};

/** Compares accounts with the people that the model was calibrated on, together and by version of the app. */
export const drift = async (options: DriftCommand, around: Surroundings): Promise<Outcome> => {
  const stored = await readModel(options.model);
  if (isRefusal(stored)) return stored;
  const accounts = await readAccounts(options.events, around.startProgress);
  if (isRefusal(accounts)) return accounts;
  const labels = options.labels ? await readLabels(options.labels, new Set(accounts.names)) : undefined;
  if (isRefusal(labels)) return labels;
  const model = compileModel(stored.file);
  const some = [...accounts.names.keys()].filter(
    (account) => !labels || labels.get(accounts.names[account] as string)?.isBot === false,
  );
  const watched: Watched[] = [];
  const market = { valueEdges: stored.file.valueEdges };
  const replaying = replayAccounts(accounts, wantedForJudging(some), {
    ...around,
    market,
    graph: graphOf(accounts, around.startProgress),
  });
  let place = 0;
  for await (const looks of replaying) {
    const account = some[place] as number;
    const version = accounts.versions[account] || 'none told';
    watched.push(...watchedOf(model, accounts.names[account] as string, version, looks));
    place += 1;
  }
  around.print(report(labels ? 'People' : 'All accounts', model, watched));
  for (const [version, own] of [...Map.groupBy(watched, (one) => one.version)].sort())
    if (own.length >= leastOfVersion && own.length < watched.length)
      around.print(report(`App ${version}`, model, own));
  return undefined;
};
