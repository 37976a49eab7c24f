import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompareFacesCommand, DetectFacesCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import { type Faces, type FacesOptions, startFaces } from '#local/engines/faces.ts';
import { startReaper } from '#local/reaper.ts';
import type { BenchContext } from './context.ts';
import { type Measurement, median } from './metric.ts';

const photos = fileURLToPath(new URL('../../../shared/faces/people/', import.meta.url));

/** The local face engine over HTTP, as the deployed code calls it; one caller, photos of a phone's size. */
export const measureFaces = async ({ quick, progress }: BenchContext): Promise<Measurement[]> => {
  if (!existsSync(photos)) {
    progress(`no photos at ${photos}: the face engine is not measured`);
    return [];
  }
  const [reference, selfie] = ['d01_b.jpg', 'd01_selfie.jpg'].map((name) => readFileSync(photos + name));
  if (!reference || !selfie) throw new Error('there are two photos');
  const compare = (client: RekognitionClient) =>
    client.send(
      new CompareFacesCommand({
        SourceImage: { Bytes: reference },
        TargetImage: { Bytes: selfie },
        SimilarityThreshold: 0,
      }),
    );
  const detect = (client: RekognitionClient) =>
    client.send(
      new DetectFacesCommand({
        Image: { Bytes: selfie },
        Attributes: ['DEFAULT', 'EYES_OPEN', 'FACE_OCCLUDED', 'SUNGLASSES'],
      }),
    );

  const folder = mkdtempSync(join(tmpdir(), 'faces-'));
  const reaper = startReaper(folder);
  const withEngine = async <T>(
    options: FacesOptions,
    use: (client: RekognitionClient, faces: Faces) => Promise<T>,
  ) => {
    const faces = await startFaces(join(folder, 'faces.log'), reaper, { forgetful: true, ...options });
    const client = new RekognitionClient({
      endpoint: faces.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    try {
      return await use(client, faces);
    } finally {
      client.destroy();
      await faces.stop();
    }
  };
  const [calls, starts] = quick ? [10, 2] : [30, 5];
  const warm = async (work: () => Promise<unknown>): Promise<number> => {
    const times: number[] = [];
    for (let call = -3; call < calls; call += 1) {
      const began = performance.now();
      await work();
      if (call >= 0) times.push(performance.now() - began);
    }
    return median(times);
  };

  try {
    const colds: number[] = [];
    for (let run = 0; run < starts; run += 1) {
      const began = performance.now();
      await withEngine({}, async (client) => {
        await detect(client);
        colds.push(performance.now() - began);
      });
    }
    const single = await withEngine({ singleScale: true }, (client) => warm(() => compare(client)));
    const full = await withEngine({}, async (client, faces) => {
      const [compareMs, detectMs] = [await warm(() => compare(client)), await warm(() => detect(client))];
      await Promise.all(Array.from({ length: 12 }, () => compare(client)));
      progress(`faces on ${faces.runtime}`);
      return { compareMs, detectMs, memoryMb: residentMegabytes(faces.pid) };
    });
    const portable = await withEngine({ runtime: 'wasm' }, (client) => warm(() => compare(client)));
    return [
      { name: 'faces.compare-ms', value: full.compareMs, samples: calls },
      { name: 'faces.compare-single-scale-ms', value: single, samples: calls },
      { name: 'faces.compare-wasm-ms', value: portable, samples: calls },
      { name: 'faces.detect-ms', value: full.detectMs, samples: calls },
      { name: 'faces.cold-s', value: median(colds) / 1_000, samples: starts },
      { name: 'faces.memory-mb', value: full.memoryMb, samples: 1 },
    ];
  } finally {
    await reaper.stop();
  }
};

/** 0 where the system does not tell: a target is not missed by what cannot be measured. */
const residentMegabytes = (pid: number): number => {
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
};
