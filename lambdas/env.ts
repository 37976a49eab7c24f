import * as z from 'zod/mini';

/**
 * What each function reads from its environment. The infrastructure passes exactly these names
 * (a missing one does not compile) and the function parses them once, when it starts.
 */

const text = z.string().check(z.minLength(1));
const whole = z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number));
const list = z.pipe(
  text,
  z.transform((value) => value.split(',')),
);

/** Stations as JSON: where blocks are published and listed. */
const stations = {
  STATIONS: z.pipe(
    text,
    z.transform(
      (json) => JSON.parse(json) as readonly { stationId: string; name: string; timeZone: string }[],
    ),
  ),
};

/** Where the identity provider is; set by the machine that runs the stack locally. */
const identityProvider = {
  AWS_REGION: text,
  AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: z.optional(text),
};

/** Of every function behind the HTTP API. */
const http = {
  ...identityProvider,
  STAGE: text,
  /** ARNs of the edge secret, the current generation first: requests must carry one of their values. */
  EDGE_SECRETS: list,
  USER_POOL_ID: text,
  CLIENT_ID: text,
  ATTESTATION: z.enum(['off', 'measure', 'enforce']),
};

const offers = { OFFERS_TABLE: text };
/** ARNs of the key that signs offers, the current generation first, as `generation=arn`. */
const offerKeys = { OFFER_KEYS: list };
const limits = { MAX_WEEKLY_MINUTES: whole, RELEASE_LEAD_MINUTES: whole, RECORD_RETENTION_DAYS: whole };

export const environments = {
  public: z.object({ ...http, PUBLIC_API_ORIGIN: text, VERSION: text, ...stations, FEED_TABLE: text }),
  offers: z.object({ ...http, ...offerKeys, FEED_TABLE: text, ...stations }),
  claims: z.object({ ...http, ...offers, ...offerKeys, ...limits, ATTEMPTS_QUEUE_URL: text }),
  schedule: z.object({ ...http, ...offers, RELEASE_LEAD_MINUTES: whole }),
  operator: z.object({ ...http, ...offers, ...stations, RECORD_RETENTION_DAYS: whole }),
  'feed-projector': z.object({ STAGE: text, ...offers, FEED_TABLE: text }),
  'feed-rebuild': z.object({ STAGE: text, ...offers, FEED_TABLE: text, ...stations }),
  'attempts-archive': z.object({ STAGE: text, ARCHIVE_BUCKET: text }),
} as const;

export type FunctionName = keyof typeof environments;

/** Set by the runtime, not by the infrastructure. */
type RuntimeGiven = keyof typeof identityProvider;

/** The variables that the infrastructure must pass to a function. */
export type DeployedEnvironment<F extends FunctionName> = {
  [K in Exclude<keyof z.input<(typeof environments)[F]>, RuntimeGiven>]: string;
};

export const readEnvironment = <F extends FunctionName>(
  name: F,
  variables: Record<string, string | undefined> = process.env,
): z.output<(typeof environments)[F]> => z.parse(environments[name], variables) as never;
