import { evenfieldApp } from '#lib/app.ts';
import { InvalidStage } from '#lib/stage-config.ts';

try {
  (await evenfieldApp()).synth();
} catch (error) {
  if (!(error instanceof InvalidStage)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
