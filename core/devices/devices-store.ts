import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import {
  type Database,
  type Item,
  partitionQuery,
  queryAll,
  writeFailure,
} from '#core/shared/dynamodb-store.ts';
import { type Device, type DriverDevices, findDevice, noDevices } from './device.ts';
import {
  accountKey,
  accountPartition,
  counterKey,
  deviceKey,
  listedKey,
  ownerKey,
  receiptKey,
  receiptsDuePartition,
  reviewsPartition,
  serialKey,
  serialPartition,
  sortableTime,
  statusListKey,
  unlockKey,
} from './keys.ts';
import type { DeviceNotice } from './notice.ts';
import { restrictedItem, restrictedKey, revocationItem } from './revocations-store.ts';

/** What is written together with a change of a driver's phones. */
export interface Alongside {
  at: number;
  /** E5: the driver is told. */
  notice?: DeviceNotice;
  /** A phone that is enrolled now. */
  enrolled?: {
    deviceId: string;
    /** Whose repetition may find its own keys. */
    requestId: string;
    /** AA13, AK19, E4: keys that serve this enrolment and no other, ever. */
    keys: readonly { kind: 'jkt' | 'app-attest'; key: string }[];
    /** AK8: none of them may be on the status list at the moment of the write. */
    serials: readonly string[];
    /** AK9: an older list is none. Left out where no list is needed. */
    statusListSince?: number;
    /** iOS: where its counter starts, and its receipt. */
    counter?: number;
    receipt?: { receipt: string; refreshAt: number };
  };
  /** E4: somebody should look. Nothing follows from it by itself. */
  review?: { deviceId: string; cause: 'shared-serial'; serial: string; otherDrivers: number };
  /** A person's check, kept with its reason. */
  check?: { deviceId: string; by: string; rationale: string };
  /** Something elsewhere that must be so at the moment of the write. */
  onlyIf?: TransactWriteItem['ConditionCheck'];
}

export type ChangeAnswer =
  | 'done'
  /** The driver's phones have changed meanwhile: read again. */
  | 'changed-meanwhile'
  | 'key-in-use'
  /** A serial has been listed, or the list has grown too old. */
  | 'status-list'
  /** What it was done for is not so any more. */
  | 'superseded'
  | 'busy'
  | 'unanswered';

export interface DevicesStore {
  read(accountId: string): Promise<DriverDevices>;
  /** One transaction, on the condition that nothing has changed since `before` was read. */
  change(before: DriverDevices, after: DriverDevices, alongside: Alongside): Promise<ChangeAnswer>;
  /** Phones with this serial in their chain; of a batch as many as `most`. */
  phonesWithSerial(serial: string, most?: number): Promise<{ accountId: string; deviceId: string }[]>;
}

const conditionFailed = 'ConditionalCheckFailed';

export const devicesStore = (
  database: Database,
  TableName: string,
  recordRetentionDays: number,
): DevicesStore => {
  const expiry = (at: number) => ({
    ttl: { N: String(Math.floor(at / 1_000) + recordRetentionDays * 86_400) },
  });
  const put = (Item: Item): TransactWriteItem => ({ Put: { TableName, Item } });

  const query = (pk: { S: string }, most?: number) => queryAll(database, partitionQuery(TableName, pk), most);

  const writeAccount = (before: DriverDevices, after: DriverDevices): TransactWriteItem => ({
    Put: {
      TableName,
      Item: {
        ...accountKey(after.accountId),
        v: { N: String(before.version + 1) },
        ep: { N: String(after.epoch) },
        ever: { BOOL: after.everActive },
        ch: { L: after.changes.map((at) => ({ N: String(at) })) },
        ...(after.restrictedBy !== undefined && { rb: { S: after.restrictedBy } }),
        ...(after.loginsSince !== undefined && { ls: { N: String(after.loginsSince) } }),
        ...(after.endedFor && { ef: { L: after.endedFor.map((key) => ({ S: key })) } }),
      },
      ConditionExpression: before.version === 0 ? 'attribute_not_exists(pk)' : 'v = :version',
      ...(before.version > 0 && {
        ExpressionAttributeValues: { ':version': { N: String(before.version) } },
      }),
    },
  });

  const writeDevices = (before: DriverDevices, after: DriverDevices): TransactWriteItem[] =>
    after.devices
      .filter((device) => findDevice(before, device.deviceId) !== device)
      .flatMap((device) => [
        put({
          ...deviceKey(after.accountId, device.deviceId),
          d: { S: JSON.stringify(device) },
          ...(device.endedAt && expiry(device.endedAt)),
        }),
        // AS7: without its counter no assertion of it is accepted again, and without its key no unlock.
        ...(device.endedAt
          ? [counterKey, unlockKey].map((keyOf) => ({
              Delete: { TableName, Key: keyOf(after.accountId, device.deviceId) },
            }))
          : []),
      ]);

  const ownKeys = (accountId: string, enrolled: Alongside['enrolled']): TransactWriteItem[] =>
    (enrolled?.keys ?? []).map(({ kind, key }) => ({
      Put: {
        TableName,
        Item: {
          ...ownerKey(kind, key),
          ow: { S: accountId },
          rq: { S: enrolled?.requestId ?? '' },
        },
        ConditionExpression: 'attribute_not_exists(pk) OR (ow = :account AND rq = :request)',
        ExpressionAttributeValues: {
          ':account': { S: accountId },
          ':request': { S: enrolled?.requestId ?? '' },
        },
      },
    }));

  /** Conditions, not reads: a refresh of the list that runs at the same moment misses nobody. */
  const heedStatusList = (enrolled: Alongside['enrolled']): TransactWriteItem[] =>
    enrolled?.statusListSince === undefined
      ? []
      : [
          {
            ConditionCheck: {
              TableName,
              Key: statusListKey,
              ConditionExpression: 'fetchedAt >= :since',
              ExpressionAttributeValues: { ':since': { N: String(enrolled.statusListSince) } },
            },
          },
          ...[...new Set(enrolled.serials)].map((serial) => ({
            ConditionCheck: {
              TableName,
              Key: listedKey(serial),
              ConditionExpression: 'attribute_not_exists(pk)',
            },
          })),
        ];

  const writeEnrolled = (accountId: string, { at, enrolled }: Alongside): TransactWriteItem[] => {
    if (!enrolled) return [];
    const { deviceId, serials, counter, receipt } = enrolled;
    return [
      ...[...new Set(serials)].map((serial) => put(serialKey(serial, accountId, deviceId))),
      ...(counter === undefined
        ? []
        : [put({ ...counterKey(accountId, deviceId), ct: { N: String(counter) } })]),
      ...(receipt
        ? [
            put({ ...receiptKey(accountId, deviceId), rc: { S: receipt.receipt }, at: { N: String(at) } }),
            put({
              pk: receiptsDuePartition,
              sk: { S: `${sortableTime(receipt.refreshAt)}#${accountId}#${deviceId}` },
            }),
          ]
        : []),
    ];
  };

  /** What functions hear of within a minute. */
  const writeRevoked = (before: DriverDevices, after: DriverDevices, at: number): TransactWriteItem[] => {
    const { accountId, epoch, loginsSince, restrictedBy } = after;
    const endsLogins = loginsSince !== before.loginsSince;
    return [
      ...(epoch > before.epoch
        ? [put(revocationItem(accountId, epoch, at, endsLogins ? loginsSince : undefined))]
        : []),
      ...(restrictedBy !== undefined && before.restrictedBy === undefined
        ? [put(restrictedItem(accountId))]
        : []),
      ...(restrictedBy === undefined && before.restrictedBy !== undefined
        ? [{ Delete: { TableName, Key: restrictedKey(accountId) } }]
        : []),
    ];
  };

  const writeRecords = (
    before: DriverDevices,
    after: DriverDevices,
    { at, notice, review, check }: Alongside,
  ): TransactWriteItem[] => [
    ...writeRevoked(before, after, at),
    ...(notice
      ? [
          put({
            pk: { S: `NOTICE#${after.accountId}` },
            sk: { S: `${sortableTime(at)}#${notice.kind}#${notice.deviceId}` },
            n: { S: JSON.stringify({ ...notice, accountId: after.accountId, at }) },
            ...expiry(at),
          }),
        ]
      : []),
    ...(review
      ? [
          put({
            pk: reviewsPartition,
            // One for a serial: a batch of a factory is looked at once.
            sk: { S: `${review.cause}#${review.serial}` },
            at: { N: String(at) },
            r: { S: JSON.stringify(review) },
            ...expiry(at),
          }),
        ]
      : []),
    ...(check
      ? [
          put({
            pk: accountPartition(after.accountId),
            sk: { S: `CHECK#${sortableTime(at)}#${check.deviceId}` },
            by: { S: check.by },
            why: { S: check.rationale },
            ...expiry(at),
          }),
        ]
      : []),
  ];

  return {
    read: async (accountId) => {
      const items = await query(accountPartition(accountId));
      const account = items.find(({ sk }) => sk?.S === 'ACCOUNT');
      const devices = items.flatMap(({ sk, d }) =>
        sk?.S?.startsWith('D#') && d?.S ? [JSON.parse(d.S) as Device] : [],
      );
      if (!account) return noDevices(accountId);
      return {
        accountId,
        version: Number(account.v?.N),
        epoch: Number(account.ep?.N),
        everActive: account.ever?.BOOL ?? false,
        changes: (account.ch?.L ?? []).map(({ N }) => Number(N)),
        ...(account.rb?.S !== undefined && { restrictedBy: account.rb.S }),
        ...(account.ls?.N !== undefined && { loginsSince: Number(account.ls.N) }),
        ...(account.ef?.L && { endedFor: account.ef.L.map(({ S = '' }) => S) }),
        devices,
      };
    },
    change: async (before, after, alongside) => {
      const { accountId } = after;
      const keys = ownKeys(accountId, alongside.enrolled);
      const list = heedStatusList(alongside.enrolled);
      const conditions = alongside.onlyIf ? [{ ConditionCheck: alongside.onlyIf }] : [];
      try {
        await database.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              writeAccount(before, after),
              ...keys,
              ...list,
              ...conditions,
              ...writeDevices(before, after),
              ...writeEnrolled(accountId, alongside),
              ...writeRecords(before, after, alongside),
            ],
          }),
        );
        return 'done';
      } catch (error) {
        const failure = writeFailure(error);
        if (failure.status !== 'refused') return failure.status;
        const failed = failure.reasons.findIndex(({ Code }) => Code === conditionFailed);
        if (failed === 0) return 'changed-meanwhile';
        if (failed <= keys.length) return 'key-in-use';
        return failed <= keys.length + list.length ? 'status-list' : 'superseded';
      }
    },
    phonesWithSerial: async (serial, most) =>
      (await query(serialPartition(serial), most)).map(({ sk }) => {
        const [accountId = '', deviceId = ''] = (sk?.S ?? '').split('#');
        return { accountId, deviceId };
      }),
  };
};
