import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { changeDevices } from '#core/devices/change-devices.ts';
import { type Device, enrol, findDevice } from '#core/devices/device.ts';
import { devicesStore } from '#core/devices/devices-store.ts';
import { refreshStatusList } from '#core/devices/refresh-status-list.ts';
import type { ListedStatus } from '#core/devices/status-list.ts';
import type { FetchedList, Validators } from '#core/devices/status-list-gateway.ts';
import { statusListStore } from '#core/devices/status-list-store.ts';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import { monday, unique } from './builders.ts';
import type { Engine } from './engine.ts';
import { aPolicy } from './phones.ts';

/** A function that dies: after so many writes nothing of what it does reaches the table any more. */
export class Killed extends Error {}
export const killedAfter = (database: Database, writes: number): Database => {
  let left = writes;
  return {
    send: (command) => {
      const isWrite = /Write|Put|Update|Delete/.test(command.constructor.name);
      if (left <= 0) return Promise.reject(new Killed());
      if (isWrite) left -= 1;
      return database.send(command);
    },
  };
};

/** A table that is too busy for a transaction. */
export const withoutTransactions = (database: Database): Database => ({
  send: (command) =>
    command.constructor.name.startsWith('Transact')
      ? Promise.reject(Object.assign(new Error('busy'), { name: 'ThrottlingException' }))
      : database.send(command),
});

/** Google, phones and a table of their own. */
export const aStatusListWorld = async (engine: Engine) => {
  const table = await engine.createTable();
  let time = monday;
  const google = { answer: undefined as FetchedList | undefined, asked: [] as Validators[] };
  let entries: Record<string, ListedStatus> = {};
  let edition = 0;
  const now = () => time;
  const store = devicesStore(engine.client, table, 30);

  const fetchList = async (known: Validators): Promise<FetchedList> => {
    google.asked.push(known);
    if (google.answer) return google.answer;
    const etag = `"${edition}"`;
    if (known.etag === etag) return { status: 'unchanged' };
    return { status: 'list', list: new Map(Object.entries(entries)), validators: { etag } };
  };
  const refresh = (database: Database = engine.client, options = {}) =>
    refreshStatusList(
      {
        now,
        random: () => 0,
        sleep: async () => {},
        statusList: statusListStore(database, table, async () => {}),
        store: devicesStore(database, table, 30),
        fetchList,
      },
      options,
    );
  const enrolPhone = (serials: readonly string[], options: { since?: number; accountId?: string } = {}) => {
    const accountId = options.accountId ?? unique('driver');
    const deviceId = unique('phone');
    const at = now();
    const evidence = {
      deviceId,
      platform: 'android' as const,
      tier: 'A' as const,
      reasons: [],
      jkt: unique('jkt'),
      requestId: unique('request'),
      attestedAt: at,
      serials,
      evidence: {},
    };
    return changeDevices({ store, now, random: () => 0, sleep: async () => {} }, accountId, (all) => {
      const step = enrol(all, evidence, aPolicy(), at);
      if (step.status !== 'done') throw new Error(step.status);
      const statusListSince = options.since;
      return {
        status: 'change',
        after: step.after,
        alongside: {
          at,
          enrolled: {
            deviceId,
            requestId: evidence.requestId,
            keys: [{ kind: 'jkt', key: evidence.jkt }],
            serials,
            ...(statusListSince !== undefined && { statusListSince }),
          },
        },
      };
    }).then((outcome) => ({ outcome, accountId, deviceId }));
  };
  const phone = async ({ accountId, deviceId }: { accountId: string; deviceId: string }): Promise<Device> =>
    findDevice(await store.read(accountId), deviceId) as Device;
  const notices = async (accountId: string): Promise<string[]> => {
    const { Items = [] } = await engine.client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `NOTICE#${accountId}` } },
      }),
    );
    return Items.map(({ n }) => JSON.parse(n?.S ?? '').kind);
  };
  const item = async (Key: Item) =>
    (await engine.client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item;

  return {
    table,
    google,
    store,
    refresh,
    enrolPhone,
    phone,
    notices,
    item,
    now,
    pass: (ms: number) => {
      time += ms;
    },
    publish: (next: Record<string, ListedStatus>) => {
      entries = next;
      edition += 1;
    },
  };
};
