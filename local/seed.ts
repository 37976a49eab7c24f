import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalSystem } from './system.ts';

/** The only part of the local system that knows what it runs: people, stations and blocks to look at. */

export const seededPassword = 'Evenfield-local-1';

export const seededOperators = [
  { email: 'publisher@evenfield.test', groups: ['publisher'] },
  { email: 'analyst@evenfield.test', groups: ['analyst'] },
  { email: 'analyst2@evenfield.test', groups: ['analyst'] },
  { email: 'approver@evenfield.test', groups: ['approver'] },
  { email: 'legal@evenfield.test', groups: ['legal'] },
] as const;

/** `driver1@` and so on. */
export const driversUpTo = (count: number) =>
  Array.from({ length: count }, (_, i) => `driver${i + 1}@evenfield.test`);
export const seededDrivers = driversUpTo(20);

export const seededStations = ['DSE1', 'DSE2'] as const;

/** Shifts of tomorrow and the day after, in hours of the day. */
const shifts = [
  { start: 6, hours: 4, amount: 9200 },
  { start: 8, hours: 3, amount: 6900 },
  { start: 11, hours: 4, amount: 8800 },
  { start: 16, hours: 3, amount: 7500 },
] as const;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const quarterMs = hourMs / 4;
const fiveMinutesMs = hourMs / 12;

/** Once for a folder that is kept: what was claimed or taken back since stays so. */
export async function seed(system: LocalSystem, data: string | undefined): Promise<void> {
  const marker = data === undefined ? undefined : join(data, 'seeded');
  if (marker !== undefined && existsSync(marker)) return;
  if (!system.resources().some(({ type }) => type === 'AWS::Cognito::UserPool')) return;
  await Promise.all([
    ...seededOperators.map(({ email, groups }) => system.createUser(email, groups)),
    ...seededDrivers.map((email) => system.createUser(email)),
  ]);
  await publishBlocks(system);
  if (marker !== undefined) writeFileSync(marker, '');
}

/** Drivers beyond those of the seed. Who is there already stays as they are. */
export async function seedMoreDrivers(system: LocalSystem, count: number): Promise<void> {
  await Promise.all(
    driversUpTo(count)
      .slice(seededDrivers.length)
      .map((email) => system.createUser(email)),
  );
}

/** Without a list of today nobody enrols an Android phone: the schedule would bring it within the hour. */
export async function readStatusList(system: LocalSystem): Promise<void> {
  const reader = system
    .resources()
    .find(
      ({ type, properties }) =>
        type === 'AWS::Lambda::Function' && String(properties.Description).endsWith(': status-list'),
    );
  if (reader !== undefined) await system.invoke(reader.logicalId, {});
}

async function publishBlocks(system: LocalSystem): Promise<void> {
  const token = await system.signIn('publisher@evenfield.test');
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  const soon = Math.ceil((Date.now() + fiveMinutesMs) / quarterMs) * quarterMs;
  for (const stationId of seededStations) {
    await publish(system, token, { stationId, mode: 'direct', blocks: blocksOf(today + dayMs) });
    await publish(system, token, { stationId, mode: 'gated', blocks: blocksOf(today + 2 * dayMs) });
    // Starts within half an hour: check-in is open.
    await publish(system, token, { stationId, mode: 'direct', blocks: [blockAt(soon, 3, 6600)] });
  }
}

const blockAt = (startsAt: number, hours: number, amount: number) => ({
  startAt: new Date(startsAt).toISOString(),
  endAt: new Date(startsAt + hours * hourMs).toISOString(),
  pay: { amount, currency: 'USD' },
});
const blocksOf = (day: number) =>
  shifts.map(({ start, hours, amount }) => blockAt(day + start * hourMs, hours, amount));

interface Publication {
  readonly stationId: string;
  readonly mode: 'direct' | 'gated';
  readonly blocks: readonly ReturnType<typeof blockAt>[];
}

async function publish(system: LocalSystem, token: string, publication: Publication): Promise<void> {
  const { stationId, mode, blocks } = publication;
  // The day, or the minute of a single block.
  const when = blocks[0]?.startAt.slice(0, blocks.length > 1 ? 10 : 16).replace(/\D/g, '');
  const response = await fetch(`${system.url}/v1/operator/blocks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    // The key: a start that was killed before it wrote its marker publishes nothing twice.
    body: JSON.stringify({ ...publication, requestKey: `seed-${stationId}-${mode}-${when}` }),
  });
  if (response.status !== 201)
    throw new Error(`the sample blocks were refused: ${response.status} ${await response.text()}`);
}
