import type { ModelFile } from '../model-file.ts';
import model from './model.json' with { type: 'json' };

/**
 * Models that this version of the service runs, each under a release of its own. One stays here for as long as findings
 * of it can be asked for again.
 */
export const releasedModels: readonly ModelFile[] = [model as ModelFile];
