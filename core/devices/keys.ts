/** Where what lies in the devices table. */
export const accountPartition = (accountId: string) => ({ S: `A#${accountId}` });
export const accountKey = (accountId: string) => ({ pk: accountPartition(accountId), sk: { S: 'ACCOUNT' } });
export const deviceKey = (accountId: string, deviceId: string) => ({
  pk: accountPartition(accountId),
  sk: { S: `D#${deviceId}` },
});
/** Small and of its own: a claim writes it, and is billed by its size. */
export const counterKey = (accountId: string, deviceId: string) => ({
  pk: accountPartition(accountId),
  sk: { S: `N#${deviceId}` },
});
export const receiptKey = (accountId: string, deviceId: string) => ({
  pk: accountPartition(accountId),
  sk: { S: `R#${deviceId}` },
});
/** Read by every check of an unlock: of its own, as the counter is. */
export const unlockKey = (accountId: string, deviceId: string) => ({
  pk: accountPartition(accountId),
  sk: { S: `U#${deviceId}` },
});
/** E4: whose key it is, for ever. */
export const ownerKey = (kind: 'jkt' | 'app-attest', key: string) => ({
  pk: { S: `K#${kind}#${key}` },
  sk: { S: 'K' },
});
export const serialPartition = (serial: string) => ({ S: `S#${serial}` });
export const serialKey = (serial: string, accountId: string, deviceId: string) => ({
  pk: serialPartition(serial),
  sk: { S: `${accountId}#${deviceId}` },
});
export const challengeKey = (challengeId: string) => ({ pk: { S: `C#${challengeId}` }, sk: { S: 'C' } });
export const statusListPartition = { S: 'STATUS-LIST' };
/** When the list was last read: without it nobody can say that a serial is not on it. */
export const statusListKey = { pk: statusListPartition, sk: { S: 'META' } };
export const listedKey = (serial: string) => ({ pk: statusListPartition, sk: { S: `S#${serial}` } });
export const revokedPartition = { S: 'REVOKED' };
/** What a person should look at. */
export const reviewsPartition = { S: 'REVIEWS' };
export const receiptsDuePartition = { S: 'RECEIPTS-DUE' };

/** Sorts as text the way it sorts as a time. */
export const sortableTime = (at: number): string => new Date(at).toISOString();
