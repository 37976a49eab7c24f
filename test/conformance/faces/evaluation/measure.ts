import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IdentityPolicy } from '#contract/identity-policy.ts';
import { fitnessOf, readPhoto } from '#core/identity/look-at-photo.ts';
import type { FacesGateway } from '#core/identity/rekognition-gateway.ts';
import type { Labelled } from './labelled.ts';

/** Whether the product would compare a photo: as its gate says with the stage's settings. */
export type Fitness =
  | { status: 'fit' }
  | { status: 'retake'; reasons: readonly string[] }
  | { status: 'refused'; reason: string };

/** What a probe is compared with, other than by the pair that it is in. */
export interface Claim {
  probe: string;
  identity: string;
  same: boolean;
  /** Two or three. */
  references: readonly string[];
}

export interface Measured {
  fitness(file: string): Fitness;
  /** 0 to 100; nothing, where one of both would not have been compared. */
  similarity(a: string, b: string): number | undefined;
  /** Every claim that has at least two references apart from the probe. */
  claims: readonly Claim[];
}

/** A driver has three references at most. */
const mostReferences = 3;
/** Keeps an engine busy that looks at one photo at a time. */
const lanes = 2;

const keyOf = (a: string, b: string) => `${a} ${b}`;

/** Neither the probe, nor what was made from it, nor two of which one was made from the other. */
const referencesApart = (
  labelled: Labelled,
  derived: ReadonlySet<string>,
  probe: string,
  identity: string,
) => {
  const areApart = (one: string, other: string) =>
    one !== other && !derived.has(keyOf(one, other)) && !derived.has(keyOf(other, one));
  const chosen: string[] = [];
  for (const file of labelled.photosOf(identity))
    if (chosen.length < mostReferences && [probe, ...chosen].every((other) => areApart(file, other)))
      chosen.push(file);
  return chosen;
};

export const claimsOf = (labelled: Labelled): Claim[] => {
  const derived = new Set(labelled.pairs.flatMap(({ a, b, derived }) => (derived ? [keyOf(a, b)] : [])));
  const claims = new Map<string, Claim>();
  for (const { a, b, same, derived: isDerived } of labelled.pairs) {
    const identity = labelled.identityOf(a);
    if (isDerived || claims.has(keyOf(b, identity))) continue;
    const references = referencesApart(labelled, derived, b, identity);
    if (references.length >= 2) claims.set(keyOf(b, identity), { probe: b, identity, same, references });
  }
  return [...claims.values()];
};

const inLanes = async <T>(jobs: readonly T[], run: (job: T) => Promise<void>) => {
  const left = [...jobs];
  const lane = async () => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) await run(job);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};

/** Looks at every photo once and compares every two of them once. Throws when the service does not answer. */
export const measure = async (
  labelled: Labelled,
  {
    faces,
    policy,
    onStep,
  }: { faces: FacesGateway; policy: IdentityPolicy; onStep: (done: number, all: number) => void },
): Promise<Measured> => {
  const claims = claimsOf(labelled);
  const wanted = new Map<string, readonly [string, string]>(
    [
      ...labelled.pairs.map(({ a, b }) => [a, b] as const),
      ...claims.flatMap(({ probe, references }) => references.map((a) => [a, probe] as const)),
      ...labelled.conditions.flatMap(({ file, references }) => references.map((a) => [a, file] as const)),
    ].map((both) => [keyOf(...both), both]),
  );
  const files = [...new Set([...wanted.values()].flat())];
  const all = files.length + wanted.size;
  let done = 0;
  const step = () => {
    done += 1;
    onStep(done, all);
  };
  const onUnavailable = ({ reason }: { reason: string }): never => {
    throw new Error(`the service that compares does not answer: ${reason}`);
  };

  const photos = new Map<string, { fitness: Fitness; bytes: Buffer }>();
  await inLanes(files, async (file) => {
    const photo = readPhoto(readFileSync(join(labelled.folder, file)));
    const bytes = photo.status === 'photo' ? photo.image.bytes : Buffer.alloc(0);
    const seen =
      photo.status === 'photo' ? await fitnessOf({ faces, policy, onUnavailable }, photo.image) : photo;
    if (seen.status !== 'unavailable') photos.set(file, { fitness: seen, bytes });
    step();
  });

  const similarities = new Map<string, number>();
  await inLanes([...wanted], async ([key, [a, b]]) => {
    const [reference, selfie] = [photos.get(a), photos.get(b)];
    if (reference?.fitness.status === 'fit' && selfie?.fitness.status === 'fit') {
      const compared = await faces.compare(reference.bytes, selfie.bytes);
      if (compared.status === 'unavailable') onUnavailable(compared);
      if (compared.status === 'compared') similarities.set(key, compared.similarity);
    }
    step();
  });
  return {
    claims,
    fitness: (file) => photos.get(file)?.fitness ?? { status: 'refused', reason: 'not-read' },
    similarity: (a, b) => similarities.get(keyOf(a, b)),
  };
};
