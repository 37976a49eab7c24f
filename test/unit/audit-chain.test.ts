import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#contract/cases.ts';
import { archiveEntries } from '#core/evidence/audit/archive-entries.ts';
import { auditArchive } from '#core/evidence/audit/audit-archive-store.ts';
import { canonicalJson } from '#core/evidence/audit/canonical.ts';
import { type AuditEvent, chain, genesis, hashOf, lineOf } from '#core/evidence/audit/chain.ts';
import { linesOf, linesOfAll } from '#core/evidence/audit/lines.ts';
import { verifyAudit } from '#core/evidence/audit/verify.ts';

const noon = Date.UTC(2026, 10, 22, 12);
const anEvent = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  at: noon,
  actor: { kind: 'person', id: 'analyst-1' },
  action: 'case.read',
  caseId: 'case-1',
  driverId: 'driver-1',
  facts: { kind: 'bot', state: 'review', days: 90, late: false },
  ...more,
});
const events = (count: number) =>
  Array.from({ length: count }, (_, i) => anEvent({ at: noon + i * 1_000, caseId: `case-${i}` }));
const entriesOf = (count: number) => chain(genesis, events(count)).entries;
const fileOf = (entries: readonly AuditEntry[]) => Buffer.from(entries.map(lineOf).join(''));
const verifyFile = (file: Uint8Array, expected = {}) => verifyAudit(linesOf(file), expected);
const reasonOf = async (entries: Iterable<unknown>, expected = {}) => {
  const outcome = await verifyAudit(entries, expected);
  return outcome.status === 'broken' ? outcome.reason : outcome.status;
};
/** With its hash made anew, as somebody does who knows how. */
const resealed = (entry: AuditEntry): AuditEntry => ({ ...entry, hash: hashOf(entry) });

describe('canonical JSON', () => {
  it('is one text for one value, whatever the order of its names', () => {
    expect(canonicalJson({ b: [1, { d: true, c: 'é"\n' }], a: -0, '10': null, '9': 1e21 })).toBe(
      '{"10":null,"9":1e+21,"a":0,"b":[1,{"c":"é\\"\\n","d":true}]}',
    );
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses what it would have to leave out or to change', () => {
    for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n, '\ud800', () => 1])
      expect(() => canonicalJson({ value })).toThrow(TypeError);
  });
});

describe('the chain', () => {
  it('can be computed by hand', () => {
    const [entry] = chain(genesis, [
      { at: noon, actor: { kind: 'machine', id: 'machine' }, action: 'case.opened', facts: { b: 2, a: 'x' } },
    ]).entries;
    const text = `{"action":"case.opened","actor":{"id":"machine","kind":"machine"},"at":"2026-11-22T12:00:00.000Z","facts":{"a":"x","b":2},"prev":"${'0'.repeat(64)}","seq":1,"v":1}`;
    expect(entry?.hash).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('goes on from any head, in one step or in many', async () => {
    const inOne = chain(genesis, events(9));
    let head = genesis;
    const inMany = events(9).flatMap((event) => {
      const next = chain(head, [event]);
      head = next.head;
      return next.entries;
    });
    expect(inMany).toEqual(inOne.entries);
    expect(head).toEqual(inOne.head);
    expect(await verifyAudit(inOne.entries)).toEqual({ status: 'verified', entries: 9, first: 1, head });
    expect(await verifyAudit(inOne.entries.slice(4))).toEqual({
      status: 'verified',
      entries: 5,
      first: 5,
      head,
    });
    expect(await verifyAudit([])).toEqual({ status: 'verified', entries: 0, first: 1, head: genesis });
  });
});

describe('a file of it', () => {
  it('does not verify with any bit of a small one changed', async () => {
    const file = fileOf(entriesOf(2));
    expect(await verifyFile(file)).toMatchObject({ status: 'verified', entries: 2 });
    for (let index = 0; index < file.length; index += 1)
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Buffer.from(file);
        changed[index] = (file[index] as number) ^ (1 << bit);
        if ((await verifyFile(changed)).status === 'verified') expect.fail(`bit ${bit} of byte ${index}`);
      }
  });

  it('does not verify with any byte of a large one changed, added or lost', async () => {
    const strange = events(60).map((event, i) => ({ ...event, facts: { text: `\ufffd“é${i}😀` } }));
    const file = fileOf(chain(genesis, strange).entries);
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.nat(255), fc.nat(2), async (at, byte, kept) => {
        const changed = Buffer.concat([
          file.subarray(0, at),
          Buffer.of(byte),
          // Two kept: added before; one: in its place; none: in the place of two.
          file.subarray(at + 2 - kept),
        ]);
        return changed.equals(file) || (await verifyFile(changed)).status === 'broken';
      }),
      { numRuns: 300 },
    );
    for (const at of [0, 1, file.length - 2, file.length - 1])
      expect(await verifyFile(Buffer.concat([file.subarray(0, at), file.subarray(at + 1)]))).toMatchObject({
        status: 'broken',
      });
  });

  it('does not verify with lines left out, doubled or in another order', async () => {
    const lines = entriesOf(30).map(lineOf);
    const { head } = chain(genesis, events(30));
    const known = { head, first: 1 };
    const line = fc.nat(29);
    await fc.assert(
      fc.asyncProperty(line, line, async (one, other) => {
        const swapped = lines.with(one, lines[other] ?? '').with(other, lines[one] ?? '');
        expect(await reasonOf(lines.toSpliced(one, 1), known)).not.toBe('verified');
        expect(await reasonOf(lines.toSpliced(other, 0, lines[one] ?? ''), known)).not.toBe('verified');
        if (one !== other) expect(await reasonOf(swapped, known)).not.toBe('verified');
      }),
    );
    expect(await reasonOf(lines.slice(0, -1), known)).toBe('head');
    expect(await reasonOf(lines.slice(1), known)).toBe('start');
    expect(await reasonOf([], known)).toBe('start');
    expect(await reasonOf([], { head })).toBe('head');
    const spelt = lines.with(3, (lines[3] ?? '').replace('"seq":4', '"seq":4.0'));
    expect(await reasonOf(spelt)).toBe('form');
  });
});

describe('whoever rewrites entries', () => {
  const entries = entriesOf(12);
  const entry = entries[5] as AuditEntry;

  it('is seen at the entry, or at the one after it', async () => {
    const changed = { ...entry, action: 'decision.warn' };
    expect(await verifyAudit(entries.with(5, changed))).toEqual({ status: 'broken', at: 6, reason: 'hash' });
    expect(await verifyAudit(entries.with(5, resealed(changed)))).toEqual({
      status: 'broken',
      at: 7,
      reason: 'link',
    });
    expect(await reasonOf(entries.with(5, resealed({ ...entry, prev: genesis.hash })))).toBe('link');
    expect(await reasonOf(entries.with(0, resealed({ ...entries[0], prev: entry.hash } as AuditEntry)))).toBe(
      'link',
    );
    const more = { ...entry, note: 'more' } as AuditEntry;
    expect(await reasonOf(entries.with(5, resealed(more)))).toBe('form');
  });

  it('and everything after them is seen by who knows one entry that came later', async () => {
    const rewritten = chain(genesis, events(12).with(5, anEvent({ action: 'decision.dismiss' }))).entries;
    expect(await reasonOf(rewritten)).toBe('verified');
    const knownAt = (seq: number) => ({ head: { seq, hash: entries[seq - 1]?.hash ?? genesis.hash } });
    for (let seq = 0; seq <= 12; seq += 1) {
      expect(await reasonOf(entries, knownAt(seq))).toBe('verified');
      expect(await reasonOf(rewritten, knownAt(seq))).toBe(seq < 6 ? 'verified' : 'head');
    }
    expect(await reasonOf(entries.slice(6), knownAt(6))).toBe('verified');
    expect(await reasonOf(entries.slice(7), knownAt(6))).toBe('head');
    expect(await reasonOf(rewritten.slice(6), knownAt(6))).toBe('head');
  });
});

it('times may run backwards by five minutes, which clocks do, and no more, in however many steps', async () => {
  const at = (...minutes: number[]) =>
    chain(
      genesis,
      minutes.map((minute) => anEvent({ at: noon + minute * 60_000 })),
    ).entries;
  expect(await reasonOf(at(0, 5, 0, 5))).toBe('verified');
  expect(await reasonOf(at(0, 5.01, 0))).toBe('time');
  expect(await reasonOf(at(10, 7, 4))).toBe('time');
});

describe('the archive', () => {
  /** A bucket that, as S3 does, keeps the first of two objects for whoever asks for that. */
  const aBucket = () => {
    const objects = new Map<string, string>();
    const send = async ({ input }: { input: { Key: string; Body?: string; IfNoneMatch?: string } }) => {
      const { Key, Body, IfNoneMatch } = input;
      if (Body === undefined) return { Body: { transformToString: async () => objects.get(Key) } };
      if (IfNoneMatch === '*' && objects.has(Key))
        throw Object.assign(new Error('it is there'), { name: 'PreconditionFailed' });
      objects.set(Key, Body);
      return {};
    };
    const files = () =>
      [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => Buffer.from(text));
    return { objects, files, send };
  };
  const anArchive = (bucket: { send: unknown }) => {
    const odd: string[] = [];
    const failed: unknown[] = [];
    const archive = auditArchive('bucket', bucket as Parameters<typeof auditArchive>[1]);
    const deps = {
      archive,
      onOdd: (code: string) => odd.push(code),
      onFailed: (e: unknown) => failed.push(e),
    };
    const archived = (entries: readonly unknown[]) =>
      archiveEntries(
        deps,
        entries.map((entry, i) => ({ sequenceNumber: `n${i}`, json: JSON.stringify(entry) })),
      );
    return { archived, odd, failed };
  };
  const entries = entriesOf(20);

  it('is the whole chain, however entries were handed over, and however often', async () => {
    const batch = fc.record({
      from: fc.nat(19),
      length: fc.integer({ min: 1, max: 20 }),
      mixed: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 8 }), async (again) => {
        const bucket = aBucket();
        const { archived, odd } = anArchive(bucket);
        for (const { from, length, mixed } of [...again, { from: 0, length: 20, mixed: true }]) {
          const slice = entries.slice(from, from + length);
          expect(await archived(mixed ? slice.toReversed() : slice)).toEqual([]);
        }
        expect(odd).toEqual([]);
        expect(await verifyAudit(linesOfAll(bucket.files()), { first: 1 })).toMatchObject({
          status: 'verified',
          entries: 20,
        });
      }),
    );
  });

  it('names objects by what is in them, and never writes over one', async () => {
    const bucket = aBucket();
    const { archived, odd } = anArchive(bucket);
    await archived([entries[6], entries[4], entries[3], entries[4], { not: 'an entry' }]);
    expect([...bucket.objects.keys()]).toEqual([
      'audit/000000000004-000000000005.jsonl',
      'audit/000000000007-000000000007.jsonl',
    ]);
    expect(odd).toEqual(['audit.unreadable']);
    const before = [...bucket.objects];
    await archived([resealed({ ...entries[6], action: 'case.closed' } as AuditEntry)]);
    expect(odd).toEqual(['audit.unreadable', 'audit.different']);
    expect([...bucket.objects]).toEqual(before);
  });

  it('shows an entry that was written twice in two ways', async () => {
    const bucket = aBucket();
    const { archived } = anArchive(bucket);
    await archived(entries);
    await archived([resealed({ ...entries[6], action: 'case.closed' } as AuditEntry)]);
    expect(await reasonOf(linesOfAll(bucket.files()))).not.toBe('verified');
  });

  it('asks for what could not be written again', async () => {
    const bucket = aBucket();
    const failing = {
      send: async (command: { input: { Key: string } }) => {
        if (command.input.Key.includes('007')) throw new Error('no answer');
        return bucket.send(command);
      },
    };
    const { archived, failed } = anArchive(failing);
    expect(await archived([entries[1], entries[6], entries[7], entries[9]])).toEqual(['n1', 'n2']);
    expect(failed).toHaveLength(1);
    expect(bucket.objects.size).toBe(2);
  });
});

describe('on the command line', () => {
  let folder: string;
  const { entries, head } = chain(genesis, events(20));
  const inFolder = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audit-'));
    await mkdir(inFolder('archive/audit'), { recursive: true });
    for (const [name, from, to] of [
      ['archive/audit/000000000001-000000000008.jsonl', 0, 8],
      ['archive/audit/000000000005-000000000020.jsonl', 4, 20],
      ['later.jsonl', 10, 20],
    ] as const)
      await writeFile(inFolder(name), fileOf(entries.slice(from, to)));
    await writeFile(inFolder('changed.jsonl'), String(fileOf(entries)).replace('analyst-1', 'analyst-2'));
    await writeFile(inFolder('empty.jsonl'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const command = new URL('../../bin/verify-audit.ts', import.meta.url).pathname;
  const run = async (...args: string[]) => {
    const child = spawn(process.execPath, [command, ...args], {
      cwd: folder,
      env: { ...process.env, EVENFIELD_TOKEN: 'a token' },
    });
    const closed = once(child, 'close');
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: (await closed)[0] as number, said, complained };
  };

  it('verifies an archive as it was copied, and says what was not checked', async () => {
    const whole = await run('archive');
    expect(whole).toMatchObject({ code: 0, complained: '' });
    expect(whole.said).toContain('Unbroken: 20 entries, 1 to 20.');
    expect(whole.said).toContain(`Head: 20:${head.hash}`);
    const part = await run('later.jsonl', '--head', `20:${head.hash}`);
    expect(part).toMatchObject({ code: 0, complained: '' });
    expect(part.said).toContain('What came before entry 11 was not checked.');
  });

  it('ends with 1 and a sentence for what was changed, and with 2 where nothing could be checked', async () => {
    for (const [args, code, sentence] of [
      [
        ['changed.jsonl'],
        1,
        'Broken at entry 1 (hash): it does not have the hash that it names: it was changed.',
      ],
      [['archive', '--head', `20:${genesis.hash}`], 1, 'Broken at entry 20 (head)'],
      [['empty.jsonl'], 2, 'there are no entries'],
      [['nothing.jsonl'], 2, 'cannot be read'],
      [['archive', '--head', '20'], 2, 'a colon'],
    ] as const) {
      const { code: ended, said, complained } = await run(...args);
      expect([ended, said], complained).toEqual([code, '']);
      expect(complained).toContain(sentence);
    }
  });

  it('reads the service page by page, keeps what it read, and asks for the start', async () => {
    let from = 0;
    const server = createServer(({ url = '' }, answer) => {
      const at = Number(new URL(url, 'http://localhost').searchParams.get('cursor') ?? from);
      const more = at + 7 < 20 && { cursor: String(at + 7) };
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify({ entries: entries.slice(at, at + 7), ...more }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect(await run('--api', api, '--save', 'saved.jsonl')).toMatchObject({ code: 0, complained: '' });
      expect(await readFile(inFolder('saved.jsonl'))).toEqual(fileOf(entries));
      expect(await run('--api', api, '--save', 'saved.jsonl')).toMatchObject({ code: 2 });
      from = 3;
      expect((await run('--api', api)).complained).toContain('Broken at entry 1 (start)');
    } finally {
      server.close();
    }
  });
});
