import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { proofLifetime } from '#core/attestation/dpop.ts';
import { playTokens, readClassicKeys } from '#core/devices/play-evidence.ts';
import { type ProofsStore, proofsStore } from '#core/devices/proofs-store.ts';
import { readStage } from '#lib/stage-config.ts';
import { playKeys, signPlayToken } from '#phone/play-signer.ts';

const { android } = readStage('local').devices;
if (!android?.playIntegrity) throw new Error('the local stage has no Play Integrity');
const policy = { ...android, playIntegrity: android.playIntegrity };
const noon = Date.UTC(2026, 10, 23, 12);
const nonce = 'bm9uY2U';

const ledger: ProofsStore = { useProof: async () => 'first', advanceCounter: async () => 'first' };
const readerOf = (
  readSecret: () => Promise<string>,
  { proofs = ledger, now = () => noon }: { proofs?: ProofsStore; now?: () => number } = {},
) =>
  playTokens({
    policy,
    proofs,
    now,
    classicKeys: async () => readClassicKeys(await readSecret()),
    decodeStandard: async () => ({ status: 'unavailable', reason: 'not-asked' }),
  });

describe('the secret of classic tokens', () => {
  const spkiOf = (namedCurve: string) =>
    generateKeyPairSync('ec', { namedCurve })
      .publicKey.export({ format: 'der', type: 'spki' })
      .toString('base64');
  const secretWith = (keys: object) => JSON.stringify({ ...playKeys(), ...keys });

  it('opens tokens', async () => {
    const read = readerOf(async () => secretWith({}));
    expect(await read(await signPlayToken({ nonce, now: noon }), nonce, 'r')).toMatchObject({
      status: 'verified',
    });
  });

  it.each([
    ['empty', ''],
    ['no JSON', 'decryptionKey=c2VjcmV0'],
    ['null', 'null'],
    ['a number', '7'],
    ['a text', '"c2VjcmV0"'],
    ['a list', '[]'],
    ['without members', '{}'],
    ['without a key to verify with', JSON.stringify({ decryptionKey: playKeys().decryptionKey })],
    ['with numbers for keys', secretWith({ decryptionKey: 1, verificationKey: 2 })],
    ['with a short key to decrypt with', secretWith({ decryptionKey: 'c2VjcmV0' })],
    ['with a key to decrypt with that is a byte too long', secretWith({ decryptionKey: 'A'.repeat(44) })],
    ['with no key to verify with', secretWith({ verificationKey: 'c2VjcmV0' })],
    ['with a key to verify with on another curve', secretWith({ verificationKey: spkiOf('P-384') })],
  ])('that is %s makes tokens wait, and shows up in no error', async (_, secret) => {
    const read = readerOf(async () => secret);
    const token = await signPlayToken({ nonce, now: noon });
    expect(await read(token, nonce, 'r')).toEqual({ status: 'unavailable', reason: 'unusable-secret' });
  });

  it('that cannot be read makes tokens wait', async () => {
    const read = readerOf(() => Promise.reject(new Error('no secret')));
    expect(await read('any', nonce, 'r')).toEqual({ status: 'unavailable', reason: 'unusable-secret' });
  });
});

it('what was used is remembered longer than it is accepted', async () => {
  let keptUntil = 0;
  const database = {
    send: async (command: { input: { Item?: { ttl?: { N?: string } } } }) => {
      keptUntil = Number(command.input.Item?.ttl?.N);
    },
  };
  let time = noon;
  const proofs = proofsStore(database as never, 'devices');
  const read = readerOf(async () => JSON.stringify(playKeys()), { proofs, now: () => time });
  const statusAt = async (at: number, token: string) => {
    time = at;
    return (await read(token, nonce, 'r')).status;
  };
  // As far ahead as a clock may be, so that the token is accepted for the longest time.
  const token = await signPlayToken({ nonce, now: noon + 10_000 });
  expect(await statusAt(noon - 1, token)).toBe('refused');
  expect(await statusAt(noon, token)).toBe('verified');
  const firstKeptUntil = keptUntil;
  expect(await statusAt(noon + 130_000, token)).toBe('verified');
  expect(await statusAt(noon + 130_001, token)).toBe('refused');
  expect(firstKeptUntil).toBeGreaterThanOrEqual(noon / 1_000 + 130 + 60);
  expect(firstKeptUntil).toBeGreaterThan(noon / 1_000 + proofLifetime);
});
