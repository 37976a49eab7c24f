import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selfieCheckState, selfieResult } from '#contract/identity.ts';
import { type Check, checkTransitions, mayStep } from '#core/identity/check.ts';
import { describeCheck } from '#core/identity/describe-check.ts';
import { afterPhoto, type Band, bandOf } from '#core/identity/rules/decide.ts';
import { type RetakeReason, retakeReasons, type SeenFace } from '#core/identity/rules/gate.ts';
import { inWords } from '#core/identity/rules/reasons.ts';
import { releaseOf } from '#core/identity/rules/release.ts';
import { aPolicy, startOfTests } from '#test/support/identity.ts';

const { gate } = aPolicy();
const width = 1_000;
const aSeenFace = (facts: Partial<SeenFace> = {}): SeenFace => ({
  confidence: 100,
  box: { left: 0.25, top: 0.25, width: 0.5, height: 0.5 },
  brightness: (gate.darkest + gate.brightest) / 2,
  sharpness: 100,
  yaw: 0,
  pitch: 0,
  ...facts,
});
const boxed = (left: number, top: number, width = 0.5, height = 0.5) => ({
  box: { left, top, width, height },
});
const told = (value: boolean, confidence = gate.attributeConfidence) => ({ value, confidence });
/** The smallest that is clearly another number. */
const hair = 1e-6;

/** For every reason: faces at its boundary, which pass, and a hair beyond, which do not. */
const boundaries: [RetakeReason, Partial<SeenFace>, Partial<SeenFace>][] = [
  ['unclear-face', { confidence: gate.confidence }, { confidence: gate.confidence - hair }],
  ['face-too-small', boxed(0.25, 0.25, gate.leastWidth), boxed(0.25, 0.25, gate.leastWidth - hair)],
  ['face-cut-off', boxed(-0.025, 0.25), boxed(-0.025 - hair, 0.25)],
  ['face-cut-off', boxed(0.25, -0.025), boxed(0.25, -0.025 - hair)],
  ['face-cut-off', boxed(0.525 - hair, 0.25), boxed(0.525 + hair, 0.25)],
  ['face-cut-off', boxed(0.25, 0.525 - hair), boxed(0.25, 0.525 + hair)],
  ['blurred', { sharpness: gate.sharpness }, { sharpness: gate.sharpness - hair }],
  ['too-dark', { brightness: gate.darkest }, { brightness: gate.darkest - hair }],
  ['too-bright', { brightness: gate.brightest }, { brightness: gate.brightest + hair }],
  ['turned-away', { yaw: gate.yaw }, { yaw: gate.yaw + hair }],
  ['turned-away', { yaw: -gate.yaw }, { yaw: -gate.yaw - hair }],
  ['turned-away', { pitch: gate.pitchUp }, { pitch: gate.pitchUp + hair }],
  ['turned-away', { pitch: -gate.pitchDown }, { pitch: -gate.pitchDown - hair }],
  ['face-covered', { occluded: told(true, gate.attributeConfidence - hair) }, { occluded: told(true) }],
  ['sunglasses', { sunglasses: told(true, gate.attributeConfidence - hair) }, { sunglasses: told(true) }],
  ['eyes-closed', { eyesOpen: told(false, gate.attributeConfidence - hair) }, { eyesOpen: told(false) }],
];

/** Every reason of the gate, by the compiler's word. */
const everyReason: Record<RetakeReason, true> = {
  'no-face': true,
  'several-faces': true,
  'unclear-face': true,
  'face-too-small': true,
  'face-cut-off': true,
  blurred: true,
  'too-dark': true,
  'too-bright': true,
  'turned-away': true,
  'face-covered': true,
  sunglasses: true,
  'eyes-closed': true,
};

describe('the gate for photos', () => {
  it.each(boundaries)(
    'asks for another photo because of %s exactly beyond its limit',
    (reason, at, beyond) => {
      expect(retakeReasons(gate, [aSeenFace(at)], width)).toEqual([]);
      expect(retakeReasons(gate, [aSeenFace(beyond)], width)).toEqual([reason]);
    },
  );

  it('has a boundary for every reason but those about how many faces there are', () => {
    const counted: RetakeReason[] = ['no-face', 'several-faces'];
    const covered = [...counted, ...boundaries.map(([reason]) => reason)];
    expect(new Set(covered)).toEqual(new Set(Object.keys(everyReason)));
    for (const { text } of inWords(covered)) expect(text.length).toBeGreaterThan(20);
  });

  it('counts pixels of the picture as it is turned', () => {
    const face = aSeenFace(boxed(0.25, 0.25, gate.leastWidth));
    expect(retakeReasons(gate, [face], gate.leastPixels / gate.leastWidth)).toEqual([]);
    expect(retakeReasons(gate, [face], gate.leastPixels / gate.leastWidth - 1)).toEqual(['face-too-small']);
  });

  it('takes a passer-by for one by the area, in whatever order the faces come', () => {
    expect(retakeReasons(gate, [], width)).toEqual(['no-face']);
    const side = 0.5 * Math.sqrt(gate.passerBy);
    const [driver, near, far] = [
      aSeenFace(),
      aSeenFace(boxed(0, 0, side + hair, side)),
      aSeenFace({ ...boxed(0, 0, side - hair, side), sharpness: 0, yaw: 90 }),
    ];
    for (const faces of [
      [driver, near],
      [near, driver],
    ])
      expect(retakeReasons(gate, faces, width)).toEqual(['several-faces']);
    for (const faces of [
      [driver, far],
      [far, driver],
      [driver, far, far],
    ])
      expect(retakeReasons(gate, faces, width)).toEqual([]);
  });

  it('is monotone: a better photo never fails for what a worse one passed', () => {
    const percent = fc.double({ min: 0, max: 100, noNaN: true });
    const degrees = fc.double({ min: -90, max: 90, noNaN: true });
    const share = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        percent,
        percent,
        degrees,
        degrees,
        share,
        percent,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (confidence, sharpness, yaw, pitch, size, sureness, by) => {
          const face = aSeenFace({
            confidence,
            sharpness,
            yaw,
            pitch,
            ...boxed((1 - size) / 2, (1 - size) / 2, size, size),
            occluded: told(true, sureness),
            sunglasses: told(true, sureness),
            eyesOpen: told(false, sureness),
          });
          const toward = (from: number, to: number) => from + (to - from) * by;
          const wider = toward(size, 1);
          const better = aSeenFace({
            confidence: toward(confidence, 100),
            sharpness: toward(sharpness, 100),
            yaw: toward(yaw, 0),
            pitch: toward(pitch, 0),
            ...boxed((1 - wider) / 2, (1 - wider) / 2, wider, wider),
            occluded: told(true, toward(sureness, 0)),
            sunglasses: told(true, toward(sureness, 0)),
            eyesOpen: told(false, toward(sureness, 0)),
          });
          const before = retakeReasons(gate, [face], width);
          for (const reason of retakeReasons(gate, [better], width)) expect(before).toContain(reason);
        },
      ),
      { numRuns: 500, seed: 4 },
    );
  });
});

const everyBand: Band[] = ['same', 'unsure', 'unlike'];
const sequences = (length: number): Band[][] =>
  length === 0 ? [[]] : sequences(length - 1).flatMap((before) => everyBand.map((band) => [...before, band]));
const everySequence = [1, 2, 3, 4].flatMap(sequences);
const everyWay = [true, false].flatMap((hasMovement) =>
  [true, false].map((byMovement) => ({ hasMovement, byMovement })),
);

describe('what a compared photo leads to', () => {
  it('begins each band at its number', () => {
    const bands = { passAt: 99, unsureAt: 90 };
    expect([100, 99, 98.999_999, 90, 89.999_999, 0].map((score) => bandOf(bands, score))).toEqual([
      'same',
      'same',
      'unsure',
      'unsure',
      'unlike',
      'unlike',
    ]);
  });

  it.each(everyWay)(
    'is right for all 120 sequences of up to four photos, $hasMovement $byMovement',
    (how) => {
      expect(everySequence).toHaveLength(120);
      for (const bands of everySequence) {
        const after = afterPhoto(bands, how);
        expect(['pass', 'another-photo', 'movement', 'person']).toContain(after);
        // Only by a photo that was the same person, and always by one.
        expect(after === 'pass').toBe(bands.at(-1) === 'same');
        if (after === 'pass') continue;
        const unlike = bands.filter((band) => band === 'unlike').length;
        if (unlike >= 2 || how.byMovement) expect(after).toBe('person');
        if (after === 'movement') expect(how.hasMovement).toBe(true);
        // One photo alone never sends anybody to a person, and nobody is kept at it without end.
        if (bands.length === 1 && !how.byMovement) expect(after).toBe('another-photo');
        if (bands.length >= 3) expect(after).toBe('person');
      }
    },
  );

  it('has three results, none of which is a mismatch, and four states, none of which restricts', () => {
    expect(selfieResult.options).toEqual(['passed', 'retake', 'inconclusive']);
    expect(selfieCheckState.options).toEqual(['open', 'waiting', 'passed', 'closed']);
  });
});

describe('a check', () => {
  const aCheck = (facts: Partial<Check> = {}): Check => ({
    driverId: 'driver',
    checkId: 'check',
    state: 'open',
    revision: 0,
    askedBy: 'schedule',
    createdAt: startOfTests,
    expiresAt: startOfTests + 1,
    looks: [],
    ...facts,
  });

  it('never ends where a driver has no way on, and nothing follows what passed', () => {
    for (const state of selfieCheckState.options) {
      expect(mayStep('pass', state)).toBe(state !== 'passed');
      if (state !== 'passed') expect(mayStep('askPerson', state)).toBe(true);
    }
    for (const { from } of Object.values(checkTransitions)) expect(from).not.toContain('passed');
  });

  it('names the ways without a face first, in every state that is not passed', () => {
    for (const state of selfieCheckState.options) {
      const ways = describeCheck(aPolicy(), aCheck({ state })).ways.map(({ way }) => way);
      expect(ways.slice(0, 3)).toEqual(state === 'passed' ? [] : ['staff-code', 'video', 'document']);
    }
  });

  it('shows its driver nothing of how like a photo was', () => {
    const look = {
      at: startOfTests,
      fingerprint: 'a fingerprint',
      result: 'inconclusive' as const,
      reasons: [],
    };
    const shown = everyBand.map((band) =>
      JSON.stringify(describeCheck(aPolicy(), aCheck({ looks: [{ ...look, band }] }))),
    );
    expect(new Set(shown).size).toBe(1);
    expect(shown[0]).not.toMatch(/band|same|unsure|unlike|fingerprint/);
  });
});

describe('the release', () => {
  it('names purpose, processor, limits, term, the equal way and the withdrawal', () => {
    const { text, sha256 } = releaseOf(aPolicy());
    for (const word of [
      'Purpose.',
      'Who compares.',
      'How often.',
      'How long.',
      'Without a face.',
      'Taking it back.',
    ])
      expect(text).toContain(word);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('has another hash when anything changes that a driver agreed to', () => {
    const policy = aPolicy();
    const changed = [
      policy,
      { ...policy, schedule: { ...policy.schedule, mostPerWeek: 7 } },
      { ...policy, retention: { ...policy.retention, referenceDays: 1 } },
      { ...policy, processor: 'aws-rekognition' as const },
      {
        ...policy,
        processor: 'aws-rekognition' as const,
        trainingOverride: { signedBy: 'A. Operator', signedOn: '2026-11-01' },
      },
    ];
    expect(new Set(changed.map((one) => releaseOf(one).sha256)).size).toBe(changed.length);
    expect(releaseOf(changed.at(-1) ?? policy).text).toContain('A. Operator accepted that on 2026-11-01');
  });
});
