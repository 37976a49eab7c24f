import type { Construct } from 'constructs';
import metadata from '../package.json' with { type: 'json' };
import { EvenfieldFunction } from './functions.ts';
import type { HttpContext } from './http-context.ts';
import type { Platform } from './platform.ts';
import type { EvenfieldTable } from './tables.ts';

export interface PublicProps {
  readonly http: HttpContext;
  /** Read by the health check. */
  readonly feedTable: EvenfieldTable;
  readonly publicOrigin: string;
}

/** What anybody may ask, and the answer to what nobody asked before. */
export class Public extends EvenfieldFunction<'public'> {
  constructor(
    scope: Construct,
    id: string,
    platform: Platform,
    { http, feedTable, publicOrigin }: PublicProps,
  ) {
    super(scope, id, platform, {
      name: 'public',
      environment: {
        ...http.environment,
        ATTESTATION: JSON.stringify(platform.stage.attestation),
        PUBLIC_API_ORIGIN: publicOrigin,
        VERSION: metadata.version,
        STATIONS: http.stations,
        FEED_TABLE: feedTable.tableName,
      },
      secrets: [http.edgeSecret],
      impact: 'Drivers cannot sign in: the app does not learn where.',
      timeoutSeconds: 10,
      memoryMegabytes: 512,
      slowMilliseconds: 2_000,
    });
    this.allow(['dynamodb:GetItem'], [feedTable.tableArn]);
  }
}
