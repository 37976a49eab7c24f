import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modeFor } from '#core/devices/attestation-mode.ts';
import { type DeviceTokenClaims, readDeviceToken, signDeviceToken } from '#core/devices/device-token.ts';
import { isLiveNonce, issueNonce } from '#core/devices/nonce.ts';
import { revocationSnapshot } from '#core/devices/revocations.ts';
import type { RevokedEpochs } from '#core/devices/revocations-store.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import { someKeys } from '#test/support/builders.ts';

const now = Date.UTC(2026, 10, 23, 8);
const claims: DeviceTokenClaims = {
  sub: 'driver-1',
  did: 'device-1',
  cnf: { jkt: 'thumbprint' },
  pf: 'android',
  tier: 'B',
  ep: 1,
  iat: now / 1_000,
  exp: now / 1_000 + 600,
};
const other: KeyGenerations = { current: '2', keys: new Map([['2', 'another key']]) };
const rotated: KeyGenerations = { current: '2', keys: new Map([...other.keys, ...someKeys.keys]) };

describe('a device token', () => {
  it('says for ten minutes what it was given', () => {
    const token = signDeviceToken(someKeys, claims);
    expect(readDeviceToken(someKeys, token, now)).toEqual({ status: 'valid', claims });
    expect(readDeviceToken(someKeys, token, now + 599_999)).toMatchObject({ status: 'valid' });
    expect(readDeviceToken(someKeys, token, now + 600_000)).toEqual({
      status: 'refused',
      reason: 'token-expired',
    });
  });

  it('is accepted while its key is being rotated, and from nobody else', () => {
    const token = signDeviceToken(someKeys, claims);
    expect(readDeviceToken(rotated, token, now)).toMatchObject({ status: 'valid' });
    expect(readDeviceToken(other, token, now)).toMatchObject({ reason: 'token-invalid' });
  });

  it('has one spelling: no change of a character is accepted', () => {
    const token = signDeviceToken(someKeys, claims);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'ABCZaz059-_.=+/'), (at, character) => {
        fc.pre(token[at] !== character);
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        expect(readDeviceToken(someKeys, changed, now).status).toBe('refused');
        expect(readDeviceToken(someKeys, token.slice(0, at) + token.slice(at + 1), now).status).toBe(
          'refused',
        );
        expect(readDeviceToken(someKeys, token.slice(0, at) + character + token.slice(at), now).status).toBe(
          'refused',
        );
      }),
    );
  });

  it('is not taken with another algorithm', () => {
    const [, body, mac] = signDeviceToken(someKeys, claims).split('.');
    for (const head of [{ alg: 'none' }, { alg: 'HS256' }, { alg: 'RS256', kid: '1' }]) {
      const header = Buffer.from(JSON.stringify(head)).toString('base64url');
      for (const end of [mac, ''])
        expect(readDeviceToken(someKeys, `${header}.${body}.${end}`, now).status).toBe('refused');
    }
  });
});

describe('a nonce', () => {
  it('lives three minutes, for whoever has it', () => {
    const nonce = issueNonce(someKeys, now);
    expect(isLiveNonce(someKeys, nonce, now)).toBe(true);
    expect(isLiveNonce(rotated, nonce, now + 180_000)).toBe(true);
    expect(isLiveNonce(someKeys, nonce, now + 181_000)).toBe(false);
    expect(isLiveNonce(someKeys, nonce, now - 5_000)).toBe(false);
    expect(isLiveNonce(other, nonce, now)).toBe(false);
  });

  it('is made by us and by nobody else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-z]{1,9}\.[\w-]{22}$/)), (nonce) => {
        expect(isLiveNonce(someKeys, nonce, now)).toBe(false);
      }),
    );
  });
});

describe('what a process knows of ended sessions', () => {
  const snapshotAt = (clock: { at: number }, reads: (RevokedEpochs | Error)[]) => {
    let count = 0;
    const failures: unknown[] = [];
    const snapshot = revocationSnapshot(
      async () => {
        const read = reads[Math.min(count, reads.length - 1)];
        count += 1;
        if (read instanceof Error) throw read;
        return read as RevokedEpochs;
      },
      () => clock.at,
      (error) => failures.push(error),
    );
    return { snapshot, reads: () => count, failures };
  };
  const before: RevokedEpochs = new Map();
  const after: RevokedEpochs = new Map([['driver-1', { epoch: 2, loginsSince: 0 }]]);

  it('is never older than 45 seconds, and costs one read in 20', async () => {
    const clock = { at: now };
    const { snapshot, reads } = snapshotAt(clock, [before, after]);
    await Promise.all([snapshot(), snapshot(), snapshot()]);
    expect(reads()).toBe(1);
    clock.at = now + 19_999;
    expect(await snapshot()).toBe(before);
    expect(reads()).toBe(1);
    // The request that finds it stale is not kept waiting; the next one knows.
    clock.at = now + 20_000;
    expect(await snapshot()).toBe(before);
    expect(await snapshot()).toBe(after);
    expect(reads()).toBe(2);
    // A process that slept waits for the truth.
    clock.at += 3_600_000;
    expect(await snapshot()).toBe(after);
    expect(reads()).toBe(3);
  });

  it('is nothing when the truth cannot be had in time', async () => {
    const clock = { at: now };
    const { snapshot, failures } = snapshotAt(clock, [before, new Error('no answer')]);
    expect(await snapshot()).toBe(before);
    clock.at = now + 44_999;
    expect(await snapshot()).toBe(before);
    clock.at = now + 45_000;
    expect(await snapshot()).toBeUndefined();
    expect(failures.length).toBeGreaterThan(0);
  });
});

describe('a cohort', () => {
  const drivers = Array.from({ length: 4_000 }, (_, index) => `driver-${index}`);
  const enforced = (percent: number) =>
    drivers.filter(
      (driver) =>
        modeFor({ mode: 'measure', cohorts: [{ name: 'pilot', percent, mode: 'enforce' }] })(driver) ===
        'enforce',
    );

  it('takes its share of drivers, always the same ones, and keeps them when it grows', () => {
    const tenth = enforced(10);
    expect(tenth.length).toBeGreaterThan(300);
    expect(tenth.length).toBeLessThan(500);
    expect(enforced(10)).toEqual(tenth);
    const half = new Set(enforced(50));
    expect(tenth.every((driver) => half.has(driver))).toBe(true);
    expect(enforced(100)).toEqual(drivers);
  });

  it('leaves the rest to the next one, and to the stage', () => {
    const mode = modeFor({
      mode: 'off',
      cohorts: [
        { name: 'a', percent: 20, mode: 'enforce' },
        { name: 'b', percent: 30, mode: 'measure' },
      ],
    });
    const counts = Map.groupBy(drivers, mode);
    expect((counts.get('measure')?.length ?? 0) / drivers.length).toBeCloseTo(0.3, 1);
    expect((counts.get('off')?.length ?? 0) / drivers.length).toBeCloseTo(0.5, 1);
  });
});
