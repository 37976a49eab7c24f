import { devicesStore } from '#core/devices/devices-store.ts';
import { alarmOf, refreshStatusList } from '#core/devices/refresh-status-list.ts';
import { leastOfGoogle } from '#core/devices/status-list.ts';
import { statusListGateway } from '#core/devices/status-list-gateway.ts';
import { statusListStore } from '#core/devices/status-list-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { readEnvironment, statusListEnvironment } from './env.ts';
import { runtime } from './runtime.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(statusListEnvironment);
const database = dynamoDb();
const deps = {
  ...runtime,
  statusList: statusListStore(database, env.DEVICES_TABLE, runtime.sleep),
  store: devicesStore(database, env.DEVICES_TABLE, env.RECORD_RETENTION_DAYS),
  fetchList: statusListGateway(env.ANDROID_STATUS_LIST_URL),
};

/** The local stage's list is made for the software phones, and mostly empty. */
const leastEntries = env.STAGE === 'local' ? 0 : leastOfGoogle;

/** By the clock; with `{"acceptShrunken": true}` by a person who has looked at a list that is short. */
export const handler = async (event?: { acceptShrunken?: unknown }): Promise<void> => {
  const outcome = await refreshStatusList(deps, {
    leastEntries,
    acceptShrunken: event?.acceptShrunken === true,
  });
  log.info(`status-list.${outcome.status}`, { ...outcome });
  const alarm = alarmOf(outcome);
  if (alarm) throw new Error(alarm);
};
