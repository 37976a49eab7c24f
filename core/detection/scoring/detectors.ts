import { createHash } from 'node:crypto';
import { modelHash } from '../model/canonical.ts';
import { compileModel, type Model, unknownFeatures } from '../model/judge.ts';
import type { ModelFile } from '../model/model-file.ts';
import type { Rule } from '../rules/rule.ts';

/** A model under its release. */
export interface ReleasedModel {
  releaseId: string;
  hash: string;
  /** Of the people that it is compared with. */
  calibrationId: string;
  model: Model;
}

/** A rule under its release. */
export interface ReleasedRule {
  releaseId: string;
  rule: Rule;
}

/** What looks at accounts. */
export interface Detectors {
  models: readonly ReleasedModel[];
  rules: readonly ReleasedRule[];
}

const shortHash = 8;

const releasedModel = (file: ModelFile): ReleasedModel => {
  const hash = modelHash(file);
  const calibration = createHash('sha256').update(JSON.stringify(file.calibration)).digest('hex');
  return {
    releaseId: `model-${hash.slice(0, shortHash)}`,
    hash,
    calibrationId: calibration.slice(0, 2 * shortHash),
    model: compileModel(file),
  };
};

/** A model with a feature that this version does not compute is left out: it can be replayed by the version that did. */
export const detectorsOf = (files: readonly ModelFile[], rules: readonly Rule[]): Detectors => ({
  models: files.filter((file) => unknownFeatures(file).length === 0).map(releasedModel),
  rules: rules.map((rule) => ({ releaseId: `${rule.id}-v${rule.version}`, rule })),
});

export const runningReleases = ({ models, rules }: Detectors) => [
  ...models.map(({ releaseId }) => ({ releaseId, kind: 'model' as const })),
  ...rules.map(({ releaseId }) => ({ releaseId, kind: 'rule' as const })),
];
