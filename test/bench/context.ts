import type { Builds } from './builds.ts';
import type { Engine } from './engine.ts';

/** What a benchmark is given. */
export interface BenchContext {
  engine: Engine;
  builds: Builds;
  /** Fewer samples, for a look while working; published figures come from full runs. */
  quick: boolean;
  /** Folder for CPU profiles of the measured functions. */
  profile: string | undefined;
  /** One line for the person who waits. */
  progress: (line: string) => void;
}
