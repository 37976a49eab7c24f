import { getTransparency } from '#contract/transparency.ts';
import { releasesStore } from '#core/detection/releases/releases-store.ts';
import { runningReleases } from '#core/detection/scoring/detectors.ts';
import { describeLaw } from '#core/enforcement/law/describe-law.ts';
import { figuresStore } from '#core/evidence/figures/figures-store.ts';
import { cached } from '#core/shared/cached.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { readEnvironment, transparencyEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedDetectors } from './shell/deployed-detection.ts';
import { deployedShell } from './shell/deployed-shell.ts';
import { detectorStates, liveStage } from './shell/transparency-answers.ts';

const env = readEnvironment(transparencyEnvironment);
const database = dynamoDb();
const releases = releasesStore(database, env.DETECTION_TABLE, env.DETECTION.precisionBound);
const figuresOf = figuresStore(database, env.ENFORCEMENT_TABLE);
const stage = liveStage(env.LIVE);
const running = runningReleases(deployedDetectors(env));

/** Anybody may ask, so a minute's worth of questions is one read. */
const described = cached(
  async () => {
    const [stored, figures] = await Promise.all([releases.list(), figuresOf.latest(Date.now())]);
    const live = { ...stage, detectors: detectorStates(running, stored), ...(figures && { figures }) };
    return describeLaw(live, Date.now());
  },
  60_000,
  Date.now,
);

export const handler = httpFunction(deployedShell(env), [
  on(getTransparency)(async () => ({ status: 200, body: await described() })),
]);
