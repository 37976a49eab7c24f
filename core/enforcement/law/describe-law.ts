import { reasonCode } from '#contract/enforcement.ts';
import {
  clockNames,
  clockWords,
  type Jurisdiction,
  type JurisdictionName,
  jurisdictionOf,
  profiles,
} from '#contract/jurisdiction.ts';
import type { AttestationMode } from '#contract/primitives.ts';
import { type EvidenceTest, reasons } from '#contract/reasons.ts';
import type { AnswerOf } from '#contract/route.ts';
import type { getTransparency, PublishedFigures } from '#contract/transparency.ts';
import { describeSharing, type LiveSharing } from './describe-sharing.ts';
import { enforceableFrom, strikeDaysOf } from './reasons.ts';

/** What is published about the law that runs here: nothing is written twice, so that it cannot say something else. */

type Transparency = AnswerOf<typeof getTransparency>['body'];

/** The configuration that runs. */
export interface LiveConfiguration extends Pick<LiveSharing, 'sharing'> {
  stations: readonly (LiveSharing['stations'][number] & { name: string; jurisdiction: string })[];
  detectors: readonly {
    release: string;
    kind: 'model' | 'rule';
    state: Transparency['detectors'][number]['state'];
  }[];
  attestation: AttestationMode;
  challenge: AttestationMode;
  /** In days. */
  retention: readonly { what: string; days: number }[];
  figures?: PublishedFigures;
}

export const promises: readonly string[] = [
  'A machine may open a case, ask for a puzzle more often and recommend. Only a person warns; only two people together end an account.',
  'Before two people decide that an account ends there was a warning that still counts; then there is a notice, and its time. Work and pay go on until then.',
  'Every decision comes with its ground, its reasons and all the evidence that it relies on. What you may not see, nobody may rely on.',
  'An appeal is answered by a person who had no part in the decision. While it is open, nothing more is taken away.',
  'Who decides that a decision was wrong takes all of it back: access, warnings, blocks, and what the machine learnt from it.',
];

export const used: readonly string[] = [
  'how fast and how regularly offers are listed and claimed, and for how long without a pause',
  'which blocks are taken and given back',
  'whether a phone proved to be a genuine one with the app, and how many phones and networks claim for an account at once',
  'whether a network belongs to a hosting provider, and how often the network changes',
  'taps on an offer, and positions told at check-in, about a kilometre exact',
  'how puzzles were answered, and how long it took; a failed one is no ground for anything',
];

export const neverUsed: readonly string[] = [
  'the country of a network address',
  'the hour of day or night',
  'photos of people, and how a selfie check ended',
  'telemetry that is missing: it is neither clean nor guilt',
  'name, language, age, gender, health, mood',
  'anything outside an offer, a claim, a check-in or a block',
];

const unitOf = (name: string) => (name.endsWith('Hours') ? 'hours' : 'days');

const describeJurisdiction = (name: JurisdictionName): Transparency['jurisdictions'] =>
  profiles
    .filter((profile) => profile.name === name)
    .map(({ law, clocks }) => ({
      name,
      law,
      clocks: clockNames.map((clock) => ({
        name: clock,
        words: clockWords[clock],
        unit: unitOf(clock),
        ...clocks[clock],
      })),
    }));

const evidenceWords = (test: EvidenceTest): string =>
  test.by === 'model'
    ? `a finding of the model that at most ${test.mostPValue * 1_000} in 1,000 verified people show`
    : `a finding of the rule ${test.rule}`;

const describeGrounds = (places: readonly Jurisdiction[]): Transparency['grounds'] =>
  reasonCode.options.map((code) => {
    const { title, policy, example, minimumEvidence, severity, publishedOn, version } = reasons[code];
    return {
      code,
      title,
      policy,
      example,
      evidence: minimumEvidence.map(evidenceWords).join(', or '),
      severity,
      publishedOn,
      version,
      places: places.map((place) => ({
        jurisdiction: place.name,
        enforceableFrom: new Date(enforceableFrom(code, place)).toISOString(),
        strikeDays: strikeDaysOf(code, place.clocks),
      })),
    };
  });

/** The body of `GET /v1/transparency`. */
export const describeLaw = (live: LiveConfiguration, now: number): Transparency => {
  const { stations, detectors, retention, attestation, challenge, figures } = live;
  const placed = stations.map(({ stationId, name, jurisdiction }) => ({
    stationId,
    name,
    jurisdiction: jurisdictionOf(jurisdiction).name,
  }));
  const names = [...new Set(placed.map(({ jurisdiction }) => jurisdiction))];
  return {
    generatedAt: new Date(now).toISOString(),
    promises: [...promises],
    stations: placed,
    jurisdictions: names.flatMap(describeJurisdiction),
    grounds: describeGrounds(names.map(jurisdictionOf)),
    detectors: [...detectors],
    used: [...used],
    neverUsed: [...neverUsed],
    sharing: describeSharing(live),
    attestation,
    challenge,
    retention: [...retention],
    ...(figures && { figures }),
  };
};
