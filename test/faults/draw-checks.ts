import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { PublishedDraw } from '#contract/draw-record.ts';
import type { DrawView } from '#contract/draws.ts';
import type { Entry } from '#core/draws/draw.ts';
import { drawsStore, type RollEntry } from '#core/draws/draws-store.ts';
import { drawKey } from '#core/draws/entries-store.ts';
import { commitmentOf, entrantOf, inOrder, rollDigestOf, seedOf } from '#core/draws/ranking.ts';
import { recordDigest } from '#core/draws/sign-record.ts';
import { walkAgain } from '#core/draws/verify-walk.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { DrawJournal, EntryEffect } from './draw-journal.ts';
import type { Told } from './draw-processes.ts';
import type { DrawStep, DrawWorld } from './draw-world.ts';

/** One call of the API by a driver. Its times count starts, ends and effects of all calls. */
export interface DrawRequest {
  label: string;
  kind: DrawStep['kind'];
  driverId: string;
  outcome?: Told;
  from: number;
  to?: number;
  /** On the driver's entry, also after its end. */
  effects: (EntryEffect & { at: number })[];
}

interface Asked {
  requests: readonly DrawRequest[];
  journal: DrawJournal;
  world: DrawWorld;
  database: Database;
  table: string;
  look: (driverId: string) => Promise<DrawView | undefined>;
}

/** What the draw came to, as it is stored and as it is published. */
interface End extends Asked {
  roll: readonly RollEntry[];
  published: PublishedDraw;
  views: ReadonlyMap<string, DrawView>;
}

const isUnanswered = ({ outcome }: DrawRequest) =>
  outcome === undefined || outcome.status === 'try-again' || outcome.status === 'crashed';

/** What must hold once the last late request has landed and the draw is over. */
export const brokenDrawPromises = async (asked: Asked): Promise<string[]> => {
  const { database, table, world, journal, look } = asked;
  const { drawId } = world.draw;
  const draws = drawsStore(database, table);
  const [roll, published] = await Promise.all([draws.roll(drawId), draws.record(drawId)]);
  if (!published) return ['the draw has no record'];
  const views = new Map<string, DrawView>();
  for (const { driverId } of world.drivers) {
    const view = await look(driverId);
    if (view) views.set(driverId, view);
  }
  const end = { ...asked, roll, published, views };
  return [
    ...asked.requests.flatMap((request) => wrongsOfAnswer(request, end)),
    ...wrongsOfRecord(end),
    ...world.drivers.flatMap(({ driverId }) => wrongsOfOutcome(driverId, end)),
    ...(await wrongsOfBlocks(end, journal)),
  ];
};

const wrongsOfAnswer = (request: DrawRequest, end: End): string[] => {
  const { outcome, label, driverId } = request;
  const say = (what: string) => [`${label}, answered ${outcome?.status}: ${what}`];
  switch (outcome?.status) {
    case 'entered':
      return wrongsOfEntered(request, end).flatMap(say);
    case 'left':
      return wrongsOfOut(request, end).flatMap(say);
    case 'draw-closed':
      return request.kind === 'claim' ? wrongsOfOut(request, end).flatMap(say) : [];
    case 'claimed':
    case 'repeated':
      return request.kind === 'release' ||
        end.world.draw.blocks.some(({ blockId }) => end.journal.hadBlock(driverId, blockId))
        ? []
        : say('the driver never had a block of the draw');
    default:
      return [];
  }
};

/** The driver takes part with all that was confirmed, unless a call that was answered later, or never, took it out. */
const wrongsOfEntered = ({ driverId, from, outcome }: DrawRequest, end: End): string[] => {
  const { requests, world, roll, views, journal } = end;
  const hasLeft = requests.some(
    (other) =>
      other.kind === 'leave' &&
      other.driverId === driverId &&
      other.effects.some(({ to, at }) => to === 'left' && at > from) &&
      (isUnanswered(other) || (other.to ?? 0) > from),
  );
  if (hasLeft) return [];
  const entry = roll.find((one) => one.driverId === driverId);
  const isWithdrawn = Object.values(journal.asItIs().entries.get(driverId)?.refusals ?? {}).includes(
    'entry-withdrawn',
  );
  if (world.isSkewed && (!entry || isWithdrawn)) {
    const status = views.get(driverId)?.result?.outcome.status;
    return !entry && status !== 'draw-closed'
      ? [`it is not on the roll, and the driver is told ${status}`]
      : [];
  }
  if (!entry) return ['it is not on the roll'];
  if (isWithdrawn) return ['it counts as withdrawn'];
  if (world.isSkewed) return [];
  const chosen = entry.choices.map((place) => world.draw.blocks[place]?.blockId);
  const missing = (outcome?.choices ?? []).filter((blockId) => !chosen.includes(blockId));
  if (missing.length > 0) return [`the roll has it without ${missing}`];
  return outcome?.isAsked && !entry.asked ? ['the roll does not know that it is asked'] : [];
};

/** The driver has nothing of the draw, unless a call that was answered later, or never, put the driver in. */
const wrongsOfOut = ({ driverId, from }: DrawRequest, end: End): string[] => {
  const entry = end.journal.asItIs().entries.get(driverId);
  if (entry?.won === undefined) return [];
  const hasEntered = end.requests.some(
    (other) =>
      other.kind === 'claim' &&
      other.driverId === driverId &&
      other.effects.some(({ to, at }) => to === 'in' && at > from) &&
      (isUnanswered(other) || (other.to ?? 0) > from),
  );
  return hasEntered ? [] : [`it has won ${entry.won}`];
};

/** Whoever finds the block gone tells that to everybody who asks for it, whatever else stands against them. */
const goneForGood: ReadonlySet<string> = new Set(['block-withdrawn', 'offer-expired']);

const wrongsOfRecord = ({ world, published, roll, journal }: End): string[] => {
  const { record, signature } = published;
  const { draw: stored, entries } = journal.asItIs();
  const wrongs: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) wrongs.push(`the record: ${what}`);
  };
  must(signature === recordDigest(record), 'its signature is of another one');
  must(stored.st?.S === 'drawn' && stored.fi !== undefined, 'the draw is not done');
  must(record.commitment === commitmentOf(record.secret), 'its secret is another one');
  must(
    record.rollDigest === stored.rd?.S && rollDigestOf(record.entries) === record.rollDigest,
    'its roll is another one',
  );
  const { fault } = walkAgain(record.entries, record.blocks.length);
  must(!fault, `${fault?.code} at ${fault?.rank}`);
  const named = roll.map((entry) => ({ ...entry, entrant: entrantOf(record.drawId, entry.driverId) }));
  const list = inOrder(
    named,
    seedOf(record.secret, { ...record.beacon, drawId: record.drawId }),
    record.drawId,
  );
  must(
    String(list.map(({ entrant }) => entrant)) === String(record.entries.map(({ entrant }) => entrant)),
    'its order',
  );
  for (const [rank, { driverId, behind }] of list.entries()) {
    const line = record.entries[rank];
    const entry = entries.get(driverId);
    const won = line?.won === undefined ? undefined : record.blocks[line.won];
    must(entry?.won === won, `${driverId} won ${entry?.won} and not ${won}`);
    must(driverId !== world.restricted || won === undefined, `${driverId} is restricted and has ${won}`);
    must(behind === (driverId === world.behind), `${driverId} is taken for another's standing`);
    const told = new Map((line?.refusals ?? []).map(([place, reason]) => [record.blocks[place], reason]));
    for (const [blockId, reason] of Object.entries(entry?.refusals ?? {}))
      must(
        told.get(blockId) === reason || goneForGood.has(told.get(blockId) ?? ''),
        `${driverId} was refused ${blockId} for ${reason}, and told ${told.get(blockId)}`,
      );
  }
  return wrongs;
};

const isEnteredAs = (entry: Entry | undefined) => (entry?.state === 'in' ? 'draw-closed' : 'not-entered');

/** Everybody is told an outcome, and it is the one that is stored. */
const wrongsOfOutcome = (driverId: string, { views, roll, journal }: End): string[] => {
  const { entries, blocks } = journal.asItIs();
  const outcome = views.get(driverId)?.result?.outcome;
  const say = (what: string) => [`${driverId} is told ${outcome?.status}: ${what}`];
  if (!outcome) return say('there is no outcome');
  const entry = entries.get(driverId);
  if (!roll.some((one) => one.driverId === driverId))
    return outcome.status === isEnteredAs(entry)
      ? []
      : say(`the entry is ${entry?.state ?? 'none'}, and not on the roll`);
  if (entry?.won === undefined) return outcome.status === 'lost' ? [] : say('it won nothing');
  const had = journal.hadBlock(driverId, entry.won);
  const isKept = blocks.get(entry.won)?.holder === driverId;
  const due = had ? 'won' : isKept ? 'confirm' : 'not-confirmed';
  return outcome.status === due ? [] : say(`it is ${due}`);
};

/** None is lost: it is somebody's, or in a later draw, or begins too soon for one. */
const wrongsOfBlocks = async ({ world, database, table }: End, journal: DrawJournal): Promise<string[]> => {
  const wrongs: string[] = [];
  for (const { blockId, startsAt } of world.blocks) {
    const block = journal.asItIs().blocks.get(blockId);
    if (block?.state === 'taken') continue;
    if (block?.state === 'waiting' && startsAt < world.draw.closesAt + 3_600_000) continue;
    const Key = drawKey(block?.drawId ?? '');
    const { Item } = await database.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    const isInDraw = block?.state === 'open' && block.version > 1 && Item?.st?.S === 'open';
    if (!isInDraw)
      wrongs.push(`${blockId} is ${block?.state} in version ${block?.version} and in no later draw`);
  }
  return wrongs;
};
