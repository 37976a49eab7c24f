import type { Update } from '@aws-sdk/client-dynamodb';
import type { DrawsStore } from '#core/draws/draws-store.ts';
import type { EntriesStore } from '#core/draws/entries-store.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { valuesOf, withCondition, without } from './mutants.ts';

/** A wrong design, made by changing what the right one sends or learns. */
export interface DrawMutant {
  database?: (database: Database) => Database;
  draws?: (store: DrawsStore) => DrawsStore;
  entries?: (store: EntriesStore) => EntriesStore;
}

const writes = (value: string) => (update: Update) => valuesOf(update)[value] !== undefined;
const isWin = ({ UpdateExpression }: Update) => UpdateExpression?.startsWith('SET oc') === true;
const isPass = ({ UpdateExpression }: Update) => UpdateExpression?.includes('ADD pa') === true;
const whatever = () => 'attribute_exists(pk)';

/** Reads the entries when it looks at the draw first, before it closes it. */
const readsEarly = (store: DrawsStore): DrawsStore => {
  let early: ReturnType<DrawsStore['entries']> | undefined;
  return {
    ...store,
    read: async (drawId) => {
      early ??= store.entries(drawId);
      await early;
      return store.read(drawId);
    },
    entries: (drawId) => early ?? store.entries(drawId),
  };
};

export const drawMutants: Record<string, DrawMutant> = {
  'win-whatever-the-entry-says': { database: withCondition(isWin, whatever) },
  'win-of-who-left': { database: withCondition(isWin, without('st = :in AND ')) },
  'roll-read-before-the-close': { draws: readsEarly },
  'seal-over-a-seal': { database: withCondition(writes(':digest'), whatever) },
  'publish-over-a-record': { database: withCondition(writes(':beacon'), whatever) },
  'walk-forgets-refusals': {
    database: withCondition(isWin, without(' AND attribute_not_exists(#reason)')),
    draws: (store) => ({
      ...store,
      entries: async (drawId) => (await store.entries(drawId)).map((entry) => ({ ...entry, refusals: {} })),
    }),
  },
  'pass-without-version': { database: withCondition(isPass, without(' AND ver = :ver')) },
  'entered-without-a-look': { entries: (store) => ({ ...store, isOpen: async () => true }) },
  'leave-after-a-win': { database: withCondition(writes(':left'), without(' AND attribute_not_exists(oc)')) },
  'leave-of-before': { database: withCondition(writes(':left'), without(' AND n = :seen')) },
  'entry-of-before': {
    database: withCondition(writes(':choices'), (condition) =>
      condition
        .replace('n = :seen', 'attribute_exists(pk)')
        .replace('attribute_not_exists(pk)', 'NOT n > :next'),
    ),
  },
  'closed-before-the-outcome': { entries: (store) => ({ ...store, isOver: async () => true }) },
};
