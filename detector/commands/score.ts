import { groupsIn, namesOf } from '#core/detection/activity/groups.ts';
import { compileModel } from '#core/detection/model/judge.ts';
import { graphOf } from '../accounts/population.ts';
import { replayAccounts } from '../accounts/replay-accounts.ts';
import { type Accounts, readAccounts } from '../events/read-accounts.ts';
import { isRefusal } from '../files/refusal.ts';
import { writeWhole } from '../files/write-whole.ts';
import { readModel, type StoredModel } from '../model-folder.ts';
import { judgeAccount } from '../scoring/judge-account.ts';
import { type ScoreLine, scoreLines } from '../scoring/score-line.ts';
import { certifies } from '../training/train-model.ts';
import { wantedForJudging } from '../training/wanted.ts';
import type { Outcome, Surroundings } from './context.ts';

export interface ScoreCommand {
  /** Folder of a model. */
  readonly model: string;
  readonly events: readonly string[];
  /** File that gets a line of JSON for each account. */
  readonly out: string;
}

/** Says which groups the model was trained with and the files lack: its p-values are then among poorer logs. */
const tellLacking = (accounts: Accounts, { file }: StoredModel, { say }: Surroundings) => {
  let told = 0;
  for (const index of accounts.names.keys()) told |= groupsIn(accounts.eventsOf(index));
  const lacking = String(file.about.groups ?? '')
    .split(' ')
    .filter((name) => name !== '' && !namesOf(told).includes(name));
  if (lacking.length > 0) say(`these files lack what the model was trained with: ${lacking.join(', ')}`);
};

/** Every account of these files as the model judges it, by name. */
export const scoreAccounts = async (
  accounts: Accounts,
  { file, hash }: StoredModel,
  { startProgress, threads }: Surroundings,
): Promise<readonly ScoreLine[]> => {
  const model = compileModel(file);
  const wanted = wantedForJudging([...accounts.names.keys()]);
  const judged: { accountId: string; account: ReturnType<typeof judgeAccount> }[] = [];
  const graph = graphOf(accounts, startProgress);
  const options = { market: { valueEdges: file.valueEdges }, graph, startProgress };
  const replaying = replayAccounts(
    accounts,
    wanted,
    threads === undefined ? options : { ...options, threads },
  );
  for await (const looks of replaying)
    judged.push({ accountId: accounts.names[judged.length] as string, account: judgeAccount(model, looks) });
  return scoreLines(hash, judged);
};

/** Scores every account of the files; the output appears whole. */
export const score = async (options: ScoreCommand, around: Surroundings): Promise<Outcome> => {
  const stored = await readModel(options.model);
  if (isRefusal(stored)) return stored;
  const accounts = await readAccounts(options.events, around.startProgress);
  if (isRefusal(accounts)) return accounts;
  tellLacking(accounts, stored, around);
  const lines = await scoreAccounts(accounts, stored, around);
  await writeWhole([options.out], async ([out]) => {
    for (const line of lines) await out?.write(`${JSON.stringify(line)}\n`);
  });
  const counts = Map.groupBy(lines, ({ verdict }) => verdict);
  around.say(certifies(stored.file));
  around.print(
    [...counts]
      .map(([verdict, some]) => `${verdict} ${some.length}`)
      .sort()
      .join(', '),
  );
  return undefined;
};
