import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type ActivityEvent, activityEvent } from '#contract/activity.ts';
import { score } from '#detector/commands/score.ts';
import { train } from '#detector/commands/train.ts';
import { readAccounts } from '#detector/events/read-accounts.ts';
import { isUsualEvent } from '#detector/events/usual-event.ts';
import { writeWhole } from '#detector/files/write-whole.ts';
import { noProgress, progressOn } from '#detector/progress.ts';
import { aFolder, aPopulation, asLines } from '#test/support/activity.ts';

const around = { print: () => {}, say: () => {}, startProgress: noProgress };
const { events } = aPopulation(1, 1);
const few = events.slice(0, 20);
const lines = asLines(few);

const readAs = async (name: string, content: string | Uint8Array) => {
  const { put, folder } = aFolder();
  const found = await readAccounts([put(name, content)], noProgress);
  return 'status' in found ? found.line.replace(`${folder}/`, '') : found;
};

/** The second of three lines is another. */
const withLine = (line: string) => `${asLines(few.slice(0, 1))}${line}\n${asLines(few.slice(1, 2))}`;
const withField = (more: object) => withLine(JSON.stringify({ ...few[0], ...more }));

describe('bad input of the detector', () => {
  it.each([
    [
      'a gzip stream that is cut off',
      'a.jsonl.gz',
      gzipSync(lines).subarray(0, 300),
      /^a\.jsonl\.gz:\d+: the gzip stream is cut off/,
    ],
    ['what is no gzip stream', 'a.jsonl.gz', lines, /^a\.jsonl\.gz:1: not a sound gzip stream/],
    [
      'a last line that is cut',
      'a.jsonl',
      lines.slice(0, -40),
      /^a\.jsonl:20: not JSON: the line is cut off/,
    ],
    ['NaN', 'a.jsonl', withLine('{"v":1,"ts":NaN}'), /^a\.jsonl:2: NaN is no number in JSON/],
    ['Infinity', 'a.jsonl', withLine('{"v":1,"latencyMs":-Infinity}'), /^a\.jsonl:2: Infinity is no number/],
    [
      'a number beyond all',
      'a.jsonl',
      withLine(JSON.stringify(few[0]).replace(/"ts":\d+/, '"ts":1e999')),
      /:2: ts is Infinity/,
    ],
    ['a negative time', 'a.jsonl', withField({ ts: -5 }), /:2: ts is negative: -5/],
    ['a missing field', 'a.jsonl', withField({ eventId: undefined }), /:2: eventId is missing/],
    ['another version', 'a.jsonl', withField({ v: 2 }), /:2: version 2 of the schema/],
    ['an unknown route', 'a.jsonl', withField({ route: 'login' }), /:2: route is "login"/],
    ['what is no object', 'a.jsonl', withLine('[1]'), /:2: an event is an object/],
    ['an empty file', 'a.jsonl', '', /^a\.jsonl:0: empty/],
    ['blank lines only', 'a.jsonl', '\n\n', /^a\.jsonl:0|:0: no events/],
    [
      'binary garbage',
      'a.jsonl',
      new Uint8Array(5_000).map((_, at) => (at * 7_919) % 256),
      /^a\.jsonl:1: not JSON/,
    ],
    ['a line without an end', 'a.jsonl', 'x'.repeat(2_500_000), /^a\.jsonl:1: longer than 1 MB/],
    ['a Parquet file that is none', 'a.parquet', lines, /^a\.parquet:0: not a whole Parquet file/],
  ])('%s is one line with file and row', async (_, name, content, line) => {
    expect(await readAs(name, content)).toMatch(line);
  });

  it('is also a file that is not there, or a directory', async () => {
    const { folder } = aFolder();
    mkdirSync(join(folder, 'b.jsonl'));
    for (const [name, what] of [
      ['a.jsonl', 'no such file'],
      ['a.parquet', 'no such file'],
      ['b.jsonl', 'a directory, not a file'],
    ] as const)
      expect(await readAccounts([join(folder, name)], noProgress)).toMatchObject({
        line: `${join(folder, name)}:0: ${what}`,
      });
  });

  const person = 'person0,human,train';
  it.each([
    [
      'a label without events',
      ['accountId,label,split', person, 'nobody,bot,'],
      ':3: a label without events: account "nobody"',
    ],
    [
      'labels that contradict',
      ['accountId,label,split', person, 'person0,bot,train'],
      ':3: account "person0" has another label above',
    ],
    [
      'an unknown label',
      ['accountId,label,split', 'person0,robot,'],
      ':2: label "robot" is neither human nor bot (0 nor 1)',
    ],
    [
      'an unknown split',
      ['accountId,label,split', 'person0,human,dev'],
      ':2: split "dev" is none of train, calibration, test',
    ],
    ['a header without names', ['account,label', person], ':1: the header lacks accountId'],
    [
      'a quote that does not end',
      ['accountId,label', '"person0,human'],
      ':2: not CSV: a quote that does not end',
    ],
    ['no labels', ['accountId,label,split'], ':0: no labels'],
    [
      'one kind of labels',
      ['accountId,label,split', person],
      ':0: nothing to tell apart: 1 people and 0 bots to learn from with at least 30 events each',
    ],
  ])('%s leaves no output', async (_, rows, line) => {
    const { put, folder } = aFolder();
    const file = put('labels.csv', rows.join('\n'));
    const out = join(folder, 'out');
    const options = { events: [put('a.jsonl', asLines(events))], labels: file, alpha: 0.1, out, seed: 1 };
    expect(await train(options, around)).toEqual({ status: 'refused', line: `${file}${line}` });
    expect(existsSync(out)).toBe(false);
  });

  it('leaves what a scorer wrote before as it was', async () => {
    const { put, folder } = aFolder();
    const out = put('scores.jsonl', 'earlier');
    for (const model of [folder, put('model.json', '{"format":1}') && folder])
      expect(await score({ model, events: [put('a.jsonl', lines)], out }, around)).toMatchObject({
        line: expect.stringMatching(/model\.json:[01]: (no such file|not a model)/),
      });
    expect(readFileSync(out, 'utf8')).toBe('earlier');
  });
});

describe('a file that is written', () => {
  it('appears whole or not at all', async () => {
    const { folder } = aFolder();
    const [a, b] = [join(folder, 'new', 'a'), join(folder, 'new', 'b')];
    const broken = writeWhole([a, b], async ([first]) => {
      await first?.write('half');
      throw new Error('broken');
    });
    await expect(broken).rejects.toThrow('broken');
    expect(readdirSync(join(folder, 'new'))).toEqual([]);
    await writeWhole([a, b], async ([first]) => {
      await first?.write('whole');
    });
    expect(readdirSync(join(folder, 'new'))).toEqual(['a', 'b']);
    expect(readFileSync(a, 'utf8')).toBe('whole');
  });
});

describe('events', () => {
  const odd = fc.oneof(
    fc.constantFrom(
      null,
      undefined,
      '',
      'x',
      'x'.repeat(201),
      0,
      -1,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      9e15,
      true,
    ),
    fc.constantFrom(
      {},
      [],
      { verdict: 'A', keyId: null },
      { verdict: 1 },
      { latitude: 1, longitude: 2 },
      { latitude: 1 },
    ),
    fc.constantFrom('offers.list', 'login', 'won', 'stolen', 2),
  );
  const fields = Object.keys(activityEvent.shape) as (keyof ActivityEvent)[];

  it('in the usual shape are events of the schema', () => {
    const changes = fc.array(fc.tuple(fc.constantFrom(...fields), odd), { maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...few), changes, (event, changed) => {
        const value = { ...event, ...Object.fromEntries(changed) };
        if (isUsualEvent(value)) expect(z.safeParse(activityEvent, value).success).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    for (const event of events.slice(0, 200)) expect(isUsualEvent(event)).toBe(true);
  });

  it('are the same with a byte order mark before them and with empty texts for what is not known', async () => {
    const nothing = { deviceId: null, ip: null, offerId: null, stationId: null, appVersion: null };
    const more = { asn: null, outcome: null, attestation: null, position: null, reason: null };
    const known = few.map((event) => ({ ...event, ...nothing, ...more }));
    const asText = (value: unknown) => (value === null ? '' : value);
    const blank = known.map((event) => ({
      ...Object.fromEntries(Object.entries(event).map(([name, value]) => [name, asText(value)])),
      attestation: { verdict: '', keyId: '' },
    }));
    const expected = await readAs('a.jsonl', asLines(known));
    const found = await readAs('a.jsonl', `\ufeff${asLines(blank as never)}`);
    if (typeof found === 'string' || typeof expected === 'string') throw new Error(`${found} ${expected}`);
    expect(found.eventsOf(0)).toEqual(expected.eventsOf(0));
    expect(found.versions).toEqual(expected.versions);
    expect(await readAs('a.jsonl', withField({ eventId: '' }))).toMatch(/:2: eventId is ""/);
  });

  it('are the same out of lines, gzip and Parquet, with objects as columns or as text', async () => {
    const full = few.map((event, at) => ({
      ...event,
      attestation: { verdict: 'A', keyId: `k${at}` },
      position: { latitude: 50.5, longitude: 4.25 },
    }));
    const column = (name: string, data: readonly unknown[]) => ({ name, data: data as never });
    const plain = [...new Set(few.flatMap(Object.keys))].map((name) =>
      column(
        name,
        full.map((event) =>
          name === 'ts' ? BigInt(event.ts) : (event[name as keyof ActivityEvent] ?? null),
        ),
      ),
    );
    const flat = parquetWriteBuffer({
      columnData: [
        ...plain,
        column(
          'attestationVerdict',
          full.map(() => 'A'),
        ),
        column(
          'attestationKeyId',
          full.map(({ attestation }) => attestation.keyId),
        ),
        column(
          'position',
          full.map(({ position }) => JSON.stringify(position)),
        ),
      ],
    });
    const expected = await readAs('a.jsonl', asLines(full));
    if (typeof expected === 'string') throw new Error(expected);
    for (const [name, content] of [
      ['a.jsonl.gz', gzipSync(asLines(full))],
      ['a.parquet', new Uint8Array(flat)],
    ] as const) {
      const found = await readAs(name, content);
      if (typeof found === 'string') throw new Error(found);
      expect(found.names).toEqual(expected.names);
      expect(found.eventsOf(0)).toEqual(expected.eventsOf(0));
    }
  });
});

describe('progress', () => {
  const shown = (isTTY: boolean) => {
    let now = 0;
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    const progress = progressOn({ isTTY, write }, () => now)('reading', 1_000);
    for (let done = 0; done <= 1_000; done += 50) {
      progress.at(done);
      now += 1_000;
    }
    progress.end();
    return text;
  };

  it('is a bar on a terminal and a line every ten seconds elsewhere', () => {
    expect(shown(true)).toContain(
      '\r\u001b[Kreading [############............] 50 % of 1000, 50/s 0:10 left',
    );
    expect(shown(false)).toBe(
      'reading 50 % of 1000, 50/s 0:10 left\nreading 100 % of 1000, 50/s 0:00 left\n',
    );
  });
});
