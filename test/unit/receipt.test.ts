import { spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CompactSign, calculateJwkThumbprint, compactVerify, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErasureReceipt, erasureReceipt, type ReceiptKey, receiptType } from '#contract/receipts.ts';
import { signReceipt } from '#core/privacy/receipt.ts';
import { jwsHeader } from '#core/privacy/sign-jws.ts';
import { verifyReceipt } from '#core/privacy/verify-receipt.ts';

const aReceipt = (more: Partial<ErasureReceipt> = {}): ErasureReceipt => ({
  v: 1,
  receiptId: 'Zm9vYmFyYmF6cXV4MTIzNA',
  subject: 'c3ViamVjdC0wMDAwMDAwMQ',
  requestedAt: '2026-11-20T08:00:00Z',
  erasedAt: '2026-11-20T08:00:04.250Z',
  reason: 'consent-withdrawn',
  deleted: [
    { what: 'reference photos', count: 3 },
    { what: 'selfies', count: 1 },
  ],
  kept: [
    {
      what: 'outcomes and times of selfie checks',
      why: 'so that a decision can be appealed',
      until: '2027-05-20T00:00:00Z',
    },
  ],
  backupHorizon: {
    what: 'the log of requests, which holds no photos',
    until: '2026-12-20T00:00:00Z',
  },
  keyDestroyedAt: '2026-11-20T08:00:01Z',
  ...more,
});

const aSigner = async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x, y });
  const jwk: ReceiptKey = { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' };
  return {
    privateKey,
    jwk,
    kid,
    keys: { keys: [jwk] },
    sign: async (message: Buffer) => es256(privateKey, message),
  };
};

const es256 = (key: KeyObject, message: Buffer) =>
  sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a receipt', async () => {
  const signer = await aSigner();
  const other = await aSigner();
  const text = await signReceipt(signer, aReceipt());
  const parts = text.split('.') as [string, string, string];

  /** Signed with the right key, whatever it says. */
  const signed = (header: string, payload: string) =>
    `${header}.${payload}.${es256(signer.privateKey, Buffer.from(`${header}.${payload}`)).toString('base64url')}`;
  /** Until its signature has the spelling that counts. */
  const signedOnce = (header: string, payload: string): string => {
    const candidate = signed(header, payload);
    const s = Buffer.from(candidate.split('.')[2] ?? '', 'base64url')[32] ?? 0;
    return s < 0x7f ? candidate : signedOnce(header, payload);
  };
  const reasonFor = (candidate: string, keys: unknown = signer.keys) => {
    const outcome = verifyReceipt(candidate, keys);
    return outcome.status === 'refused' ? outcome.reason : outcome.status;
  };

  it('verifies with the published key and says what was signed', () => {
    expect(verifyReceipt(text, { keys: [other.jwk, signer.jwk] })).toEqual({
      status: 'verified',
      payload: aReceipt(),
      kid: signer.kid,
    });
  });

  it('verifies at its longest', async () => {
    const long = '\u6f22'.repeat(300);
    const longest = aReceipt({
      deleted: Array.from({ length: 32 }, () => ({ what: long, count: Number.MAX_SAFE_INTEGER })),
      kept: Array.from({ length: 32 }, () => ({ what: long, why: long, until: '2027-05-20T00:00:00.000Z' })),
      backupHorizon: { what: long, until: '2027-05-20T00:00:00.000Z' },
    });
    expect(reasonFor(await signReceipt(signer, longest))).toBe('verified');
  });

  it('verifies in another implementation too', async () => {
    const { payload, protectedHeader } = await compactVerify(text, await importJWK({ ...signer.jwk }));
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: signer.kid, typ: receiptType });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(aReceipt());
  });

  it('does not with any bit of it changed', () => {
    const bytes = Buffer.from(text);
    for (let index = 0; index < bytes.length; index += 1)
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[index] = (bytes[index] as number) ^ (1 << bit);
        if (reasonFor(changed.toString('latin1')) === 'verified') expect.fail(`bit ${bit} of byte ${index}`);
      }
  });

  it('does not with characters put in another place, added or lost', () => {
    const place = fc.nat(text.length);
    const piece = fc.string({ unit: fc.constantFrom(...'AZaz09-_.=+/ \n'), maxLength: 3 });
    fc.assert(
      fc.property(place, fc.nat(3), piece, (start, length, added) => {
        const changed = `${text.slice(0, start)}${added}${text.slice(start + length)}`;
        return changed === text || reasonFor(changed) !== 'verified';
      }),
      { numRuns: 3_000 },
    );
  });

  it('has one text: nobody makes another one of the same signature', () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const signature = Buffer.from(parts[2], 'base64url');
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`);
    expect(s <= order / 2n).toBe(true);
    const negative = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
    const twin = Buffer.concat([signature.subarray(0, 32), negative]);
    expect(reasonFor(`${parts[0]}.${parts[1]}.${twin.toString('base64url')}`)).toBe('other-signature');
    // The last character stands for four bits more than the signature has.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(text.at(-1) as string);
    for (const spare of [1, 7, 15])
      expect(reasonFor(text.slice(0, -1) + alphabet[last | spare])).toBe('malformed');
  });

  it('does not with any other key, under whatever name', () => {
    expect(reasonFor(text, other.keys)).toBe('unknown-key');
    expect(reasonFor(text, { keys: [{ ...other.jwk, kid: signer.kid }] })).toBe('unusable-key');
    expect(reasonFor(text, { keys: [{ ...signer.jwk, x: other.jwk.x }] })).toBe('unusable-key');
    expect(reasonFor(text, { keys: [{ ...signer.jwk, kty: 'oct' }] })).toBe('unusable-key');
    for (const keys of [{}, [], null, 'keys', { keys: {} }, { keys: [null, 1] }])
      expect(reasonFor(text, keys)).toBe('unknown-key');
    const forged = `${parts[0]}.${parts[1]}.${es256(other.privateKey, Buffer.from(`${parts[0]}.${parts[1]}`)).toString('base64url')}`;
    expect(reasonFor(forged)).toBe('other-signature');
  });

  it('has one header: other algorithms, types, members and spellings are refused', async () => {
    const header = { alg: 'ES256', kid: signer.kid, typ: receiptType };
    const payload = parts[1];
    expect(reasonFor(signedOnce(encode(header), payload))).toBe('verified');
    for (const [changed, reason] of [
      [{ ...header, alg: 'none' }, 'other-algorithm'],
      [{ ...header, alg: 'HS256' }, 'other-algorithm'],
      [{ ...header, typ: 'JWT' }, 'other-type'],
      [{ alg: 'ES256', kid: signer.kid }, 'other-type'],
      [{ ...header, crit: ['b64'], b64: false }, 'other-header'],
      [{ ...header, jwk: other.jwk }, 'other-header'],
      [{ typ: receiptType, alg: 'ES256', kid: signer.kid }, 'other-header'],
      [{ alg: 'ES256', kid: 7, typ: receiptType }, 'other-header'],
      [{ ...header, kid: other.kid }, 'unknown-key'],
    ] as const)
      expect(reasonFor(signedOnce(encode(changed), payload))).toBe(reason);
    expect(reasonFor(`${encode({ ...header, alg: 'none' })}.${payload}.`)).toBe('malformed');
    const twice = Buffer.from(`{"alg":"none",${JSON.stringify(header).slice(1)}`).toString('base64url');
    expect(reasonFor(signedOnce(twice, payload))).toBe('malformed');
    const spaced = Buffer.from(JSON.stringify(header, null, 1)).toString('base64url');
    expect(reasonFor(signedOnce(spaced, payload))).toBe('other-header');
    const symmetric = await new CompactSign(Buffer.from('{}'))
      .setProtectedHeader({ ...header, alg: 'HS256' })
      .sign(Buffer.from(signer.jwk.x.repeat(2)));
    expect(reasonFor(symmetric)).toBe('other-algorithm');
  });

  it('says nothing that its form does not know, even when it is signed', () => {
    const header = jwsHeader(receiptType, signer.kid);
    const wrong: unknown[] = [
      { ...aReceipt(), v: 2 },
      { ...aReceipt(), name: 'Ada' },
      { ...aReceipt(), reason: 'other' },
      { ...aReceipt(), erasedAt: '20 November' },
      aReceipt({ deleted: [{ what: 'photos', count: -1 }] }),
      aReceipt({ deleted: [{ what: 'photos\u001b[2J', count: 1 }] }),
      aReceipt({ deleted: [{ what: 'photos \u202e3', count: 1 }] }),
      [],
      null,
    ];
    for (const payload of wrong) expect(reasonFor(signedOnce(header, encode(payload)))).toBe('other-form');
    const twice = Buffer.from(`{"v":2,${JSON.stringify(aReceipt()).slice(1)}`).toString('base64url');
    expect(reasonFor(signedOnce(header, twice))).toBe('other-form');
    const noText = Buffer.concat([Buffer.from('{"v":"'), Buffer.of(0xff), Buffer.from('"}')]);
    expect(reasonFor(signedOnce(header, noText.toString('base64url')))).toBe('other-form');
  });

  it('is not signed when no reader would accept it', async () => {
    await expect(signReceipt(signer, aReceipt({ receiptId: 'short' }))).rejects.toThrow();
    await expect(signReceipt({ ...signer, sign: async () => Buffer.alloc(70) }, aReceipt())).rejects.toThrow(
      '64 bytes',
    );
    expect(erasureReceipt.safeParse(aReceipt()).success).toBe(true);
  });

  describe('on the command line', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'receipts-'));
      await writeFile(join(folder, 'keys.json'), JSON.stringify(signer.keys));
      await writeFile(join(folder, 'other-keys.json'), JSON.stringify(other.keys));
      await writeFile(join(folder, 'good.jws'), text);
      await writeFile(join(folder, 'line.jws'), `${text}\n`);
      await writeFile(join(folder, 'changed.jws'), text.replace(parts[1], encode(aReceipt({ deleted: [] }))));
      await writeFile(join(folder, 'lines.jws'), `${text}\n\n`);
    });
    afterAll(() => rm(folder, { recursive: true }));

    const command = new URL('../../bin/verify-receipt.ts', import.meta.url).pathname;
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

    it('tells in plain words what was deleted, what is kept, why and until when', async () => {
      const { code, said, complained } = await run('good.jws');
      expect([code, complained]).toEqual([0, '']);
      for (const words of [
        `Genuine: unchanged since it was signed with the key ${signer.kid}`,
        'the driver withdrew consent',
        '3 x reference photos',
        '1 x selfies',
        'outcomes and times of selfie checks',
        'so that a decision can be appealed',
        'until: 2027-05-20 00:00 UTC',
        'until: 2026-12-20 00:00 UTC',
        'destroyed: 2026-11-20 08:00 UTC',
      ])
        expect(said).toContain(words);
      expect(await run(join(folder, 'line.jws'))).toMatchObject({ code: 0 });
    });

    it('ends with 1 and the reason for what is not genuine', async () => {
      for (const [args, reason] of [
        [['changed.jws'], 'other-signature'],
        [['lines.jws'], 'malformed'],
        [['keys.json'], 'malformed'],
        [['good.jws', '--keys', 'other-keys.json'], 'unknown-key'],
      ] as const) {
        const { code, said, complained } = await run(...args);
        expect([code, said]).toEqual([1, '']);
        expect(complained).toContain(`Not genuine (${reason})`);
      }
    });

    it('ends with 2 when nothing could be checked', async () => {
      for (const [args, complaint] of [
        [[], 'npm run verify-receipt'],
        [['good.jws', 'line.jws'], 'one receipt at a time'],
        [['good.jws', '--yes'], 'npm run verify-receipt'],
        [['absent.jws'], 'absent.jws cannot be read'],
        [['good.jws', '--keys', 'absent.json'], 'absent.json cannot be read'],
        [['good.jws', '--keys', 'good.jws'], 'it is not JSON'],
        [['good.jws', '--keys', 'http://keys.example/'], 'over https:// only'],
      ] as const) {
        const { code, said, complained } = await run(...args);
        expect([code, said]).toEqual([2, '']);
        expect(complained).toContain(complaint);
      }
    });

    it('reads the keys that the service publishes', async () => {
      const asked: (string | undefined)[] = [];
      const server = createServer(({ url }, response) => {
        asked.push(url);
        response.writeHead(url === '/v1/keys' ? 200 : 302, { location: '/v1/keys' });
        response.end(JSON.stringify(signer.keys));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        expect(await run('good.jws', '--keys', origin)).toMatchObject({ code: 0 });
        expect(await run('good.jws', '--keys', `${origin}/elsewhere`)).toMatchObject({ code: 2 });
        expect(asked).toEqual(['/v1/keys', '/elsewhere']);
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    });
  });
});
