import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, writeFailure } from '#core/shared/dynamodb-store.ts';

/** What a piece of work cost in calls and capacity units. */
export interface Bill {
  calls: number;
  wcu: number;
  rcu: number;
}

export const emptyBill = (): Bill => ({ calls: 0, wcu: 0, rcu: 0 });

/** Calls that only write or only read answer the sum alone: which of both it is. */
const unitOf = {
  GetItem: 'rcu',
  BatchGetItem: 'rcu',
  Query: 'rcu',
  PutItem: 'wcu',
  UpdateItem: 'wcu',
  TransactWriteItems: 'wcu',
} as const;
export type Operation = keyof typeof unitOf;

export const operationOf = (name: string): Operation => {
  if (!(name in unitOf)) throw new Error(`no rule counts ${name}`);
  return name as Operation;
};

/** What one successful call consumed, as the engine answers it. */
export const addConsumed = (
  bill: Bill,
  operation: Operation,
  answered: ConsumedCapacity | readonly ConsumedCapacity[] | undefined,
): void => {
  for (const consumed of [answered].flat()) {
    const { CapacityUnits = 0, WriteCapacityUnits, ReadCapacityUnits } = consumed ?? {};
    const sum = { wcu: 0, rcu: 0, [unitOf[operation]]: CapacityUnits };
    bill.wcu += WriteCapacityUnits ?? sum.wcu;
    bill.rcu += ReadCapacityUnits ?? sum.rcu;
  }
};

/**
 * A database that writes down what every call costs. Successful calls are counted as the engine answers them
 * (ConsumedCapacity, asked for here where the product does not).
 *
 * No answer tells what a refused write cost, so it is counted by DynamoDB's rule:
 * - a conditional write whose condition is false consumes the write units of the existing item, at least one:
 *   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 * - a transaction performs two writes of every item, one to prepare and one to commit, and nothing says that a
 *   cancelled one is free. All of its items are counted at twice their size: an upper bound.
 *   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
 */
export const billed = (database: Database, bill: Bill): Database => ({
  send: async (command) => {
    const operation = operationOf(command.constructor.name.replace(/Command$/, ''));
    command.input.ReturnConsumedCapacity ??= 'TOTAL';
    bill.calls += 1;
    try {
      const answer = await database.send(command);
      addConsumed(bill, operation, answer.ConsumedCapacity);
      return answer;
    } catch (error) {
      const failure = writeFailure(error);
      if (failure.status === 'unanswered') throw error;
      const isTransaction = operation === 'TransactWriteItems';
      const items: number = isTransaction ? (command.input.TransactItems?.length ?? 0) : 1;
      const reasons = failure.status === 'refused' ? failure.reasons : [];
      const writesPerItem = isTransaction ? 2 : 1;
      for (let index = 0; index < items; index += 1)
        bill.wcu += writesPerItem * writeUnits(reasons[index]?.Item);
      throw error;
    }
  },
});

const bytesPerWriteUnit = 1_024;
const writeUnits = (item: Item | undefined) =>
  Math.max(1, Math.ceil(itemSize(item ?? {}) / bytesPerWriteUnit));

/**
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 * Numbers take about a byte for two digits and one more; sets and lists three bytes, and one per element.
 */
export const itemSize = (item: Item): number =>
  Object.entries(item).reduce((size, [name, value]) => size + Buffer.byteLength(name) + valueSize(value), 0);

const valueSize = ({ S, N, SS, NS, B, L }: Item[string]): number => {
  const text = (value: string) => Buffer.byteLength(value);
  const number = (digits: string) => Math.ceil(digits.length / 2) + 1;
  if (S !== undefined) return text(S);
  if (N !== undefined) return number(N);
  if (B !== undefined) return B.length;
  const elements = SS?.map(text) ?? NS?.map(number) ?? L?.map(valueSize);
  if (!elements) throw new Error('an attribute of a type that no block, week or entry has');
  return 3 + elements.reduce((size, element) => size + element + 1, 0);
};
