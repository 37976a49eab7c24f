import type { JsonWebKey } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dpopKey } from './dpop.ts';
import type { SoftwarePhone } from './enrolment.ts';
import { softwareAndroid } from './software-android.ts';
import { iphoneKeyFrom, softwareIphone } from './software-iphone.ts';

export type Platform = 'ios' | 'android';

interface Kept {
  note: string;
  platform: Platform;
  deviceId?: string;
  /** Private JWKs: software phones prove nothing to anybody but a test stage. */
  dpopKey: JsonWebKey;
  appAttestKey?: JsonWebKey;
  counter?: number;
  deviceSerial?: string;
}

export interface KeptPhone {
  phone: SoftwarePhone;
  deviceId?: string | undefined;
  file: string;
}

/** One phone per user and API. */
export const defaultStateFile = (api: string, user: string): string => {
  const name = `${user} at ${new URL(api).host}`.replace(/[^A-Za-z0-9@.-]+/g, '_');
  return join(tmpdir(), 'evenfield-phones', `${name}.json`);
};

const read = (file: string): Kept | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Kept;
  } catch {
    throw new Error(`${file} holds no phone. Take another --state, or --new for a new phone in its place.`);
  }
};

export const loadPhone = (file: string, platform: Platform | undefined): KeptPhone => {
  const kept = read(file);
  if (!kept) return { phone: platform === 'android' ? softwareAndroid() : softwareIphone(), file };
  if (platform && platform !== kept.platform) {
    throw new Error(
      `${file} holds a phone with ${kept.platform}. Take --new for a new phone, or another --state for a second one.`,
    );
  }
  const key = dpopKey(kept.dpopKey);
  const phone =
    kept.platform === 'android'
      ? softwareAndroid({ dpopKey: key, ...(kept.deviceSerial ? { deviceSerial: kept.deviceSerial } : {}) })
      : softwareIphone({
          dpopKey: key,
          counter: kept.counter ?? 0,
          ...(kept.appAttestKey ? { key: iphoneKeyFrom(kept.appAttestKey) } : {}),
        });
  return { phone, deviceId: kept.deviceId, file };
};

/** Written to a second file first: a counter that is lost would be used again. */
export const savePhone = ({ phone, deviceId, file }: KeptPhone): void => {
  const kept: Kept = {
    note: 'TEST ONLY: a software phone of Evenfield, made by npm run phone',
    platform: phone.platform,
    ...(deviceId ? { deviceId } : {}),
    dpopKey: phone.dpopKey.privateKey.export({ format: 'jwk' }),
    ...(phone.platform === 'ios'
      ? { appAttestKey: phone.state().key, counter: phone.state().counter }
      : { deviceSerial: phone.deviceSerial }),
  };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(kept, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
};

export const forgetPhone = (file: string): void => rmSync(file, { force: true });
