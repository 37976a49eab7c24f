import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RekognitionClient, type RekognitionClientConfig } from '@aws-sdk/client-rekognition';
import { type FacesGateway, facesGateway } from '#core/identity/rekognition-gateway.ts';
import { startFaces } from '#local/engines/faces.ts';
import { startReaper } from '#local/reaper.ts';

/** Who compares: the engine of this repository, one that runs somewhere, or Amazon Rekognition in a region. */
export type EngineChoice =
  | { kind: 'local' }
  | { kind: 'endpoint'; url: string }
  | { kind: 'aws'; region: string };

export interface FaceEngine {
  name: string;
  faces: FacesGateway;
  stop(): Promise<void>;
}

const nobody = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

const through = (name: string, settings: RekognitionClientConfig, stop: () => Promise<void>): FaceEngine => {
  // The product gives up after seconds, because a driver waits; here nobody does.
  const client = new RekognitionClient({ maxAttempts: 5, ...settings });
  return {
    name,
    faces: facesGateway(client),
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
};

/** The product's own gateway, so that the same calls are made as for a driver. */
export const openFaceEngine = async (choice: EngineChoice): Promise<FaceEngine> => {
  const nothing = async () => {};
  if (choice.kind === 'aws')
    return through(`Amazon Rekognition in ${choice.region}`, { region: choice.region }, nothing);
  if (choice.kind === 'endpoint')
    return through(`the engine at ${choice.url}`, { ...nobody, endpoint: choice.url }, nothing);
  const folder = mkdtempSync(join(tmpdir(), 'faces-'));
  const reaper = startReaper(folder);
  const faces = await startFaces(join(folder, 'faces.log'), reaper);
  return through('the local engine', { ...nobody, endpoint: faces.endpoint }, async () => {
    await faces.stop();
    await reaper.stop();
  });
};
