import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DrawRecord, type DrawRefusal, drawRecordType } from '#contract/draw-record.ts';
import { receiptType } from '#contract/receipts.ts';
import { recordDigest } from '#core/draws/sign-record.ts';
import { verifyDraw } from '#core/draws/verify-record.ts';
import { signJws } from '#core/privacy/sign-jws.ts';
import * as draws from '#test/support/published-draws.ts';

const { drawId, holdDraw, publish, withoutBlock, drawOfSix: genuine, sixParts: parts } = draws;
const key = draws.aKey();
const other = draws.aKey();
const forged = draws.forgedBy(key);
const codesOf = (text: string, keys: unknown = key.keys) => draws.codesOf(text, keys);

/** What is said against an entry; against a block it would hold for all who come after. */
const ofEntries: DrawRefusal[] = ['schedule-overlap', 'weekly-hours-exceeded', 'entry-withdrawn'];

describe('a published draw', () => {
  it('is held again with the same outcome, whoever took part', async () => {
    const blocks = 5;
    const aPart = fc.record({
      driverId: fc.uuid(),
      choices: fc.uniqueArray(fc.nat(blocks - 1), { minLength: 1 }),
      behind: fc.boolean(),
      asked: fc.boolean(),
      against: fc.dictionary(fc.nat(blocks - 1).map(String), fc.constantFrom(...ofEntries), { maxKeys: 2 }),
    });
    const someParts = fc.uniqueArray(aPart, { maxLength: 12, selector: ({ driverId }) => driverId });
    await fc.assert(
      fc.asyncProperty(someParts, async (taking) => {
        const record = holdDraw({ blocks, parts: taking });
        const verdict = verifyDraw(await publish(record, key), key.keys);
        expect(verdict).toMatchObject({
          status: 'genuine',
          kid: key.kid,
          warnings: ['local-beacon'],
          figures: {
            entries: taking.length,
            blocks,
            behind: taking.filter(({ behind }) => behind).length,
            given: record.entries.filter(({ won }) => won !== undefined).length,
            onWord: record.entries.filter(({ refusals }) => refusals).length,
          },
        });
      }),
      { numRuns: 25 },
    );
  });

  it('is refused with any byte of it changed', async () => {
    const bytes = Buffer.from(
      await publish(
        holdDraw({ blocks: 2, parts: parts.slice(1, 3).map((part) => ({ ...part, choices: [1, 0] })) }),
        key,
      ),
    );
    expect(codesOf(bytes.toString())).toEqual(['genuine']);
    for (const [index, byte] of bytes.entries()) {
      const changed = Buffer.from(bytes);
      // Another letter, digit or sign, so that as many as possible are still what they were, and say something else.
      changed[index] = byte === 0x31 ? 0x32 : byte === 0x61 ? 0x62 : byte ^ 1;
      if (codesOf(changed.toString()).includes('genuine')) expect.fail(`byte ${index}`);
    }
  });

  it('has one text', async () => {
    const text = await publish(genuine, key);
    const { record, signature } = JSON.parse(text) as { record: DrawRecord; signature: string };
    const { v, ...rest } = record;
    for (const [changed, code] of [
      [`${text} `, 'malformed'],
      [`\ufeff${text}`, 'malformed'],
      [JSON.stringify(JSON.parse(text), null, 1), 'malformed'],
      [text.replace('"v":1', '"v":1.0'), 'malformed'],
      [text.replace('"v":1', '"v":2,"v":1'), 'malformed'],
      [text.replace('DSE1', '\\u0044SE1'), 'malformed'],
      ['', 'malformed'],
      ['null', 'other-form'],
      [JSON.stringify({ record, signature, more: 1 }), 'other-form'],
      [JSON.stringify({ record: { ...record, more: 1 }, signature }), 'other-form'],
      [text.replace('"v":1', '"v":1,"__proto__":1'), 'other-form'],
      [JSON.stringify({ record: { ...record, v: 2 }, signature }), 'other-form'],
      [JSON.stringify({ record: { ...rest, v }, signature }), 'other-record'],
    ] as const)
      expect([changed.slice(0, 40), ...codesOf(changed)]).toEqual([changed.slice(0, 40), code]);
  });

  it('is signed by the published key, as a draw', async () => {
    const text = await publish(genuine, key);
    expect(codesOf(text, other.keys)).toEqual(['signature-unknown-key']);
    expect(codesOf(text, {})).toEqual(['signature-unknown-key']);
    const signedAs = async (typ: string, payload: object) =>
      JSON.stringify({ record: genuine, signature: await signJws(key.signer, typ, payload) });
    const payload = { drawId, sha256: recordDigest(genuine) };
    expect(codesOf(await signedAs(receiptType, payload))).toEqual(['signature-other-type']);
    for (const changed of [{ ...payload, drawId: 'another-draw' }, { ...payload, more: 1 }, {}])
      expect(codesOf(await signedAs(drawRecordType, changed))).toEqual(['other-record']);
  });

  it('warns of what it allows and nobody should rely on', async () => {
    const sealedAt = genuine.drawnAt;
    expect(verifyDraw(await forged(() => ({ sealedAt })), key.keys)).toMatchObject({
      warnings: ['local-beacon', 'sealed-late'],
    });
    const drawnAt = new Date(Date.parse(sealedAt) + 61_000).toISOString();
    expect(verifyDraw(await forged(() => ({ drawnAt })), key.keys)).toMatchObject({
      warnings: ['local-beacon', 'drawn-late'],
    });
  });

  it('counts what rests on the word of who drew it: an invented reason cannot be told from a true one', async () => {
    const text = await forged(({ entries: [one, two, three, four, ...others] }) => ({
      entries: [
        one,
        {
          ...withoutBlock(two),
          refusals: [
            [0, 'weekly-hours-exceeded'],
            [2, 'weekly-hours-exceeded'],
          ],
        },
        { ...three, won: 0 },
        { ...four, won: 2 },
        ...others,
      ],
    }));
    expect(verifyDraw(text, key.keys)).toMatchObject({
      status: 'genuine',
      figures: { onWord: 2, refusals: { 'schedule-overlap': 1, 'weekly-hours-exceeded': 2 } },
    });
  });
});

describe('on the command line', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'draws-'));
    const text = await publish(genuine, key);
    await writeFile(join(folder, 'keys.json'), JSON.stringify(key.keys));
    await writeFile(join(folder, 'other-keys.json'), JSON.stringify(other.keys));
    await writeFile(join(folder, 'draw.json'), text);
    await writeFile(join(folder, 'line.json'), `${text}\n`);
    await writeFile(join(folder, 'lines.json'), `${text}\n\n`);
    await writeFile(join(folder, 'changed.json'), text.replace('DSE1', 'DSE2'));
    const swapped = await forged(({ entries: [a, b, ...rest] }) => ({ entries: [b, a, ...rest] }));
    await writeFile(join(folder, 'swapped.json'), swapped);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const command = new URL('../../bin/verify-draw.ts', import.meta.url).pathname;
  const run = (...args: string[]) =>
    new Promise<{ code: number | null; said: string; complained: string }>((resolve, reject) => {
      const child = spawn(process.execPath, [command, ...args], { cwd: folder });
      let [said, complained] = ['', ''];
      child.stdout.on('data', (part) => {
        said += part;
      });
      child.stderr.on('data', (part) => {
        complained += part;
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, said, complained }));
    });

  it('tells in plain words what was checked, and a driver the own part', async () => {
    const { code, said, complained } = await run('draw.json', '--driver', 'driver-5');
    expect([code, complained]).toEqual([0, '']);
    for (const words of [
      `signed with the key ${key.kid}`,
      '6 entries, 3 blocks, 3 given, 1 drawn after all others',
      '1 outcome rests on reasons that only the driver concerned can check',
      '1 x it overlapped with a booked block (schedule-overlap)',
      'nothing binds who ran this draw',
      ': 6 of 6, after everybody else because of late releases',
      'block-001: entry 1 was drawn before you',
    ])
      expect(said).toContain(words);
    expect((await run('line.json', '--driver', 'driver-9')).said).toContain('took no part in it');
  });

  it('ends with 1 and the reasons for what is not genuine', async () => {
    for (const [args, reason] of [
      [['changed.json'], '(other-record)'],
      [['lines.json'], '(malformed)'],
      [['keys.json'], '(other-form)'],
      [['draw.json', '--keys', 'other-keys.json'], '(signature-unknown-key)'],
      [['swapped.json'], 'entry 2: it stands behind an entry that should have come after it (order)'],
    ] as const) {
      const { code, said, complained } = await run(...args);
      expect([code, said]).toEqual([1, '']);
      expect(complained).toContain(reason);
    }
  });

  it('ends with 2 when nothing could be checked', async () => {
    for (const [args, complaint] of [
      [[], 'npm run verify-draw'],
      [['draw.json', 'line.json'], 'one draw at a time'],
      [['absent.json'], 'absent.json cannot be read'],
      [['draw.json', '--keys', 'absent.json'], 'absent.json cannot be read'],
      [['draw.json', '--api', 'https://blocks.example'], 'no id of a draw'],
      [[drawId, '--api', 'http://blocks.example'], 'over https:// only'],
      [[drawId, '--api', 'https://blocks.example/v1'], 'without a path'],
      [[drawId, '--api', 'http://127.0.0.1:1'], 'gives no draws'],
    ] as const) {
      const { code, said, complained } = await run(...args);
      expect([code, said]).toEqual([2, '']);
      expect(complained).toContain(complaint);
    }
  });

  it('reads draw and keys from the service', async () => {
    const asked: (string | undefined)[] = [];
    const text = await publish(genuine, key);
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.end(url === '/v1/keys' ? JSON.stringify(key.keys) : text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect(await run(drawId, '--api', api, '--driver', 'driver-0')).toMatchObject({ code: 0 });
      // Who asks for the own part tells the service nothing.
      expect(asked).toEqual([`/v1/draws/${drawId}/record`, '/v1/keys']);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
