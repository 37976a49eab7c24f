import { macOf } from '#core/shared/key-generations.ts';

const hourMs = 3_600_000;
/** 48 bits are as many as a fraction needs here. */
const bytes = 6;

/** A lot in [0, 1) that stays the same for the same name, and that nobody without the key can tell. */
export const lotOf = (key: string, name: string): number =>
  Buffer.from(macOf(key, name, bytes), 'base64url').readUIntBE(0, bytes) / 2 ** (8 * bytes);

/** When a finding goes on: so much later at random that an answer cannot be tied to what was done just before. */
export const emitAtOf = (key: string, evidenceId: string, foundAt: number, jitterHours: number): number =>
  foundAt + Math.floor(lotOf(key, `emission|${evidenceId}`) * jitterHours * hourMs);

/** Whether people look at this account-month whatever its score is. */
export const isSampled = (key: string, accountKey: string, monthStart: number, share: number): boolean =>
  lotOf(key, `sample|${accountKey}|${monthStart}`) < share;
