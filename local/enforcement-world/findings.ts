import { createHash } from 'node:crypto';
import { evidenceOf } from '#core/enforcement/evidence/evidence-of.ts';
import type { Found } from '#core/enforcement/rules/open.ts';

const hash = (text: string) => createHash('sha256').update(text).digest();
const dayMs = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();

/** What the detector could have said of an account. */
export interface Sighting {
  kind?: Found['kind'];
  /** Tells findings of a driver apart; the same name is the same finding. */
  name: string;
  /** The last of what was looked at, in milliseconds since the epoch. */
  until: number;
}

const ofModel = {
  release: 'model-1a2b3c4d',
  modelHash: '1a2b3c4d'.repeat(8),
  calibrationId: 'calibration-1',
  pValue: 0.0004,
  families: ['polling', 'reflexes'],
  reasons: [
    {
      code: 'list-interval',
      words: 'Seconds between two looks at the list, always nearly the same',
      value: 5.002,
    },
    { code: 'claim-latency', words: 'Seconds from seeing a block to claiming it', value: 0.0934 },
  ],
};
const ofSharing = {
  release: 'credential-sharing-v1',
  families: ['sharing'],
  reasons: [{ code: 'phones', words: 'Phones that claimed in turn within ten minutes', value: 3 }],
};

/** A finding on which a case can be opened, with the evidence as a case keeps it. */
export const foundOf = (
  driverId: string,
  { kind = 'bot-suspected', name, until }: Sighting,
  now: number,
): Found & { driverId: string } => {
  const evidenceId = hash(`finding|${driverId}|${name}`).subarray(0, 16).toString('base64url');
  const said = kind === 'bot-suspected' ? ofModel : ofSharing;
  const window = { from: iso(until - 9 * dayMs), to: iso(until) };
  const item = evidenceOf({ ...said, evidenceId, driverId, window }, undefined, now, {
    events: 5_230,
    activeDays: 9,
  });
  return { driverId, kind, evidenceId, release: said.release, item, until, by: 'machine' };
};
