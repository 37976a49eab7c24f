import type { Accounts } from '../events/read-accounts.ts';
import { readAccounts } from '../events/read-accounts.ts';
import type { Refusal } from '../files/refusal.ts';
import { isRefusal } from '../files/refusal.ts';
import type { Labels } from '../labels/read-labels.ts';
import { readLabels, withKinds } from '../labels/read-labels.ts';
import type { Progress } from '../progress.ts';

/** What a command says, and where it shows how far it is. */
export interface Surroundings {
  /** Results. */
  readonly print: (line: string) => void;
  /** What is under way, and what is odd. */
  readonly say: (line: string) => void;
  readonly startProgress: (what: string, total: number) => Progress;
  readonly threads?: number;
}

/** Undefined when it is done. */
export type Outcome = Refusal | undefined;

export interface Labelled {
  readonly accounts: Accounts;
  readonly labels: Labels;
}

/** Events with their labels, and families and cohorts out of files of their own. */
export const readLabelled = async (
  options: {
    readonly events: readonly string[];
    readonly labels: string;
    readonly kinds?: readonly string[];
  },
  { startProgress, say }: Surroundings,
): Promise<Labelled | Refusal> => {
  const accounts = await readAccounts(options.events, startProgress);
  if (isRefusal(accounts)) return accounts;
  const read = await readLabels(options.labels, new Set(accounts.names));
  if (isRefusal(read)) return read;
  const labels = await withKinds(read, options.kinds ?? []);
  if (isRefusal(labels)) return labels;
  const unlabelled = accounts.names.length - labels.size;
  if (unlabelled > 0)
    say(`${unlabelled} accounts have no label: they are left out, except as company of others`);
  return { accounts, labels };
};
