import type { Construct } from 'constructs';
import { EvenfieldFunction } from './functions.ts';
import type { HttpContext } from './http-context.ts';
import type { Platform } from './platform.ts';

/** Where the pages and what they load are served, beside the contract. */
export const pagePaths = ['/driver/challenge', '/driver/assets/{file}', '/privacy'] as const;

/** The pages that the driver app shows in a web view: files, the same for everybody. */
export class Pages extends EvenfieldFunction<'pages'> {
  constructor(scope: Construct, id: string, platform: Platform, http: HttpContext) {
    const { STAGE, EDGE_SECRETS } = http.environment;
    super(scope, id, platform, {
      name: 'pages',
      environment: { STAGE, EDGE_SECRETS },
      secrets: [http.edgeSecret],
      impact:
        'Drivers who are challenged see no page to answer on; their blocks go to others when the hold ends.',
      timeoutSeconds: 10,
      memoryMegabytes: 512,
      slowMilliseconds: 2_000,
    });
  }
}
