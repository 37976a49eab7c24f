import type { Client } from '#contract/client.ts';
import { enrolDriver, type FaceDriver } from './driver.ts';
import { type Ending, livenessClaims } from './ending.ts';
import { isKeptOut, judge } from './expectations.ts';
import { contentTypeOf, type Pair, type PhotoCase, type Photos, referencesOf } from './photos.ts';

/** One photo sent through the whole API, and whether that came to what was expected. */
export interface Row {
  kind: 'same' | 'different' | 'case' | 'bystander';
  file: string;
  /** Whose references it was compared with; of a pair, the reference. */
  against: string;
  expected: string;
  ending: Ending;
  ms: number;
  ok: boolean;
  /** What else there is to say. */
  note: string;
}

export interface CampaignOptions {
  /** Signs in somebody new. */
  driver: () => Promise<Client>;
  photos: Photos;
  /** Pairs that are tried: all, unless told otherwise. */
  isTried?: (pair: Pair) => boolean;
  /** Pairs are sent by the drivers of the cases, who have two references, instead of by drivers with the first photo alone. */
  isEnrolledOnce?: boolean;
  onRow?: (row: Row) => void;
}

export interface Campaign {
  rows: readonly Row[];
  /** Photos that were not taken as references, with the reasons. */
  notEnrolled: readonly string[];
  /** Answers that claim somebody was there in the flesh. */
  livenessClaims: readonly string[];
}

/** A driver may open 50 checks a day unasked; a few are left for whoever tries by hand. */
const checksPerDriver = 45;
/** The engine looks at one photo at a time; the second lane keeps it busy while the rest of the way is gone. */
const lanes = 2;

const timed = async <T>(work: () => Promise<T>) => {
  const began = performance.now();
  return { value: await work(), ms: performance.now() - began };
};

const inLanes = async <T>(jobs: readonly T[], run: (job: T) => Promise<void>) => {
  const left = [...jobs];
  const lane = async () => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) await run(job);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};

const chunksOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );

/** People other than the one meant whom a case must not be taken for: named in its file, or anybody if its note says so. */
const othersOf = ({ people }: Photos, { file, identity, note }: PhotoCase): string[] => {
  const named = file.split(/[/_.]/).filter((part) => people.has(part) && part !== identity);
  if (named.length > 0 || identity === null || !/not match another identity/.test(note)) return named;
  const all = [...people.keys()];
  const next = all[(all.indexOf(identity) + 1) % all.length];
  return next && next !== identity ? [next] : [];
};

/** Sends every pair and every case through the API as drivers do. */
export const runCampaign = async (options: CampaignOptions): Promise<Campaign> => {
  const { photos, isTried = () => true, isEnrolledOnce = false, onRow = () => {} } = options;
  const rows: Row[] = [];
  const notEnrolled: string[] = [];
  const claims = new Set<string>();
  const heard = (body: unknown) => {
    for (const claim of livenessClaims(body)) claims.add(claim);
  };
  const add = (row: Row) => {
    rows.push(row);
    onRow(row);
  };
  const enrol = async (files: readonly string[]): Promise<FaceDriver> => {
    const references = files.map((file) => ({ bytes: photos.read(file), contentType: contentTypeOf(file) }));
    const driver = await enrolDriver(await options.driver(), references, heard);
    driver.enrolled.forEach(({ result, reasons }, index) => {
      if (result !== 'passed') notEnrolled.push(`${files[index]}: ${result} ${reasons.join(', ')}`);
    });
    return driver;
  };
  const send = (driver: FaceDriver, file: string, contentType = contentTypeOf(file)) =>
    timed(() => driver.send(photos.read(file), contentType));

  const tried = photos.pairs.filter(isTried);
  const byReference = Map.groupBy(tried, ({ a }) => a);
  const groups = [...byReference].flatMap(([a, pairs]) =>
    chunksOf(pairs, checksPerDriver).map((some) => ({ a, pairs: some })),
  );
  const drivers = new Map<string, Promise<FaceDriver>[]>();
  const used = new Map<string, number>();
  const driverOf = (identity: string): Promise<FaceDriver> => {
    const before = used.get(identity) ?? 0;
    used.set(identity, before + 1);
    const mine = drivers.get(identity) ?? [];
    drivers.set(identity, mine);
    // Two for a case in a wrong format.
    const index = Math.floor((2 * before) / checksPerDriver);
    mine[index] ??= enrol(referencesOf(photos, identity));
    return mine[index];
  };

  await inLanes(groups, async ({ a, pairs }) => {
    const [identity] = [...photos.people].find(([, files]) => files.includes(a)) ?? [];
    const alone = isEnrolledOnce && identity !== undefined ? undefined : await enrol([a]);
    for (const { b, same, derived } of pairs) {
      const driver = alone ?? (await driverOf(identity ?? a));
      const { value: ending, ms } = await send(driver, b);
      add({
        kind: same ? 'same' : 'different',
        file: b,
        against: a,
        expected: same ? 'the same person' : 'somebody else',
        ending,
        ms,
        ok: same ? ending.result === 'passed' : isKeptOut(ending),
        note: [
          derived ? 'made from the reference' : '',
          same && ending.result === 'passed' ? 'took 1 photo' : '',
          !same && ending.result === 'retake' ? 'not compared' : '',
        ]
          .filter((part) => part !== '')
          .join('; '),
      });
    }
  });

  const [anybody] = photos.people.keys();
  const tryCase = async (one: PhotoCase) => {
    const identity = one.identity ?? anybody;
    if (identity === undefined) throw new Error('people/ holds nobody who could send the cases');
    const driver = await driverOf(identity);
    const { value: ending, ms } = await send(driver, one.file);
    const verdict = judge(one.expect, ending);
    const notes = [
      ...(verdict === 'unknown' ? [`nothing here knows what ${one.expect} asks for`] : []),
      ...(one.expect === 'ATTACK' && ending.result === 'passed'
        ? ['taken for the person; no answer calls it live']
        : []),
    ];
    const row = {
      kind: 'case',
      file: one.file,
      against: identity,
      expected: one.expect,
      ending,
      ms,
    } as const;
    if (one.expect === 'INVALID_FORMAT' && verdict === true) {
      const { value: renamed } = await send(driver, one.file, 'image/jpeg');
      const isRefused = judge(one.expect, renamed) === true;
      add({ ...row, ok: isRefused, note: `called a JPEG: ${renamed.status} ${renamed.reasons.join(', ')}` });
    } else add({ ...row, ok: verdict === true, note: notes.join('; ') });
    for (const other of othersOf(photos, one)) {
      const seen = await send(await driverOf(other), one.file);
      add({
        kind: 'bystander',
        file: one.file,
        against: other,
        expected: `never ${other}`,
        ending: seen.value,
        ms: seen.ms,
        ok: isKeptOut(seen.value),
        note: '',
      });
    }
  };
  await inLanes(photos.cases, tryCase);
  return { rows: inOrder(rows, photos), notEnrolled, livenessClaims: [...claims] };
};

/** As the folder lists them, whichever lane was quicker. */
const inOrder = (rows: readonly Row[], { pairs, cases }: Photos): Row[] => {
  const places = new Map([
    ...pairs.map(({ a, b }, index) => [`${b} ${a}`, index] as const),
    ...cases.map(({ file }, index) => [file, pairs.length + index] as const),
  ]);
  const placeOf = ({ kind, file, against }: Row) =>
    places.get(kind === 'same' || kind === 'different' ? `${file} ${against}` : file) ?? 0;
  return rows.toSorted(
    (one, other) => placeOf(one) - placeOf(other) || one.kind.localeCompare(other.kind) * -1,
  );
};
