import { randomInt, randomUUID } from 'node:crypto';
import { listenOnPort } from '../ports.ts';
import { allScales, singleScale } from './detection.ts';
import { loadEngine } from './engine.ts';
import { createLiveness } from './liveness.ts';
import { objectReader } from './objects.ts';
import { compareFaces, detectFaces } from './operations.ts';
import { rememberRecent } from './recent.ts';
import { chooseRuntime } from './runtime.ts';
import { createFaceServer } from './server.ts';

/**
 * The process of the local face engine. Its first line on standard output is JSON: where it listens, and on what it runs.
 *
 *   EVENFIELD_FACES=wasm | native      which runtime, instead of the best there is
 *   EVENFIELD_FACES_WARM=1             load the models at once, not with the first request
 *   EVENFIELD_FACES_RECENT=0           look at the same picture again each time
 *   EVENFIELD_FACES_SCALES=single      look at one size only: faster, misses more
 *   AWS_ENDPOINT_URL_S3, AWS_REGION    where S3 objects are read
 */
const { EVENFIELD_FACES: forced, EVENFIELD_FACES_SCALES: scales, EVENFIELD_FACES_WARM: warm } = process.env;
const { AWS_ENDPOINT_URL_S3: bucketEndpoint, AWS_REGION: region = 'us-east-1' } = process.env;
const log = (line: string) => console.log(`${new Date().toISOString()} faces: ${line}`);

const runtime = await chooseRuntime(forced === 'wasm' || forced === 'native' ? forced : undefined);
let loading: ReturnType<typeof loadEngine> | undefined;
const load = async () => {
  try {
    const engine = await loadEngine(runtime, scales === 'single' ? singleScale : allScales);
    log(`ready after ${(process.uptime() * 1000).toFixed(0)} ms`);
    return process.env.EVENFIELD_FACES_RECENT === '0' ? engine : rememberRecent(engine);
  } catch (error) {
    log(`the models do not load: ${error instanceof Error ? error.stack : error}`);
    throw error;
  }
};
const engine = () => {
  loading ??= load();
  return loading;
};

const deps = { engine, readObject: objectReader(bucketEndpoint, region) };
const liveness = createLiveness({ engine, now: Date.now, newId: randomUUID, randomInt });
const server = createFaceServer({
  operations: {
    DetectFaces: (input) => detectFaces(deps, input),
    CompareFaces: (input) => compareFaces(deps, input),
    CreateFaceLivenessSession: liveness.create,
    GetFaceLivenessSessionResults: liveness.results,
  },
  liveness,
  log,
});
const port = await listenOnPort(server, 0);
console.log(JSON.stringify({ port, runtime: runtime.kind }));
log(runtime.kind === 'native' ? 'native' : 'WebAssembly');
log('development and self-hosting engine; weaker than the service that it stands in for');
// After the lines above have left: building graphs keeps this thread busy.
if (warm === '1') setImmediate(() => void engine().catch(() => {}));
