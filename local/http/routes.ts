import { LocalFailure } from '../failure.ts';
import type { ResolvedResource } from '../services/types.ts';

export interface Route {
  /** As the template writes it: `GET /v1/x/{id}`, `ANY /a/{proxy+}`, `$default`. */
  readonly routeKey: string;
  readonly functionArn: string;
}
export interface Match extends Route {
  readonly parameters: Readonly<Record<string, string>>;
}

interface CompiledRoute extends Route {
  readonly method: string;
  readonly segments: readonly string[];
}

/** The routes of an AWS::ApiGatewayV2::Api, most specific first, as API Gateway chooses. */
export class RouteTable {
  readonly #routes: readonly CompiledRoute[];
  readonly #fallback: Route | undefined;

  constructor(routes: readonly Route[]) {
    this.#fallback = routes.find(({ routeKey }) => routeKey === '$default');
    this.#routes = routes
      .filter(({ routeKey }) => routeKey !== '$default')
      .map((route) => {
        const [method = '', path = ''] = route.routeKey.split(' ');
        return { ...route, method, segments: path.split('/') };
      })
      .sort(bySpecificity);
  }

  /** Throws a URIError for a path that is not valid percent-encoding. */
  match(method: string, path: string): Match | undefined {
    const given = path.split('/');
    for (const route of this.#routes) {
      if (route.method !== 'ANY' && route.method !== method) continue;
      const parameters = matchSegments(route.segments, given);
      if (parameters !== undefined) return { ...route, parameters };
    }
    return this.#fallback && { ...this.#fallback, parameters: {} };
  }
}

const name = (segment: string) => /^\{([^}+]+)\+?\}$/.exec(segment)?.[1];
const isGreedy = (segment: string) => segment.endsWith('+}');
const weight = (segment: string | undefined) => {
  if (segment === undefined) return 3;
  if (isGreedy(segment)) return 2;
  return name(segment) === undefined ? 0 : 1;
};

function bySpecificity(a: CompiledRoute, b: CompiledRoute): number {
  for (let i = 0; i < Math.max(a.segments.length, b.segments.length); i++) {
    const difference = weight(a.segments[i]) - weight(b.segments[i]);
    if (difference !== 0) return difference;
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

function matchSegments(
  segments: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const parameter = name(segment);
    const value = given[i];
    if (parameter === undefined) {
      if (segment !== value) return undefined;
    } else if (isGreedy(segment)) {
      const rest = given.slice(i).join('/');
      if (rest === '') return undefined;
      return { ...parameters, [parameter]: decodeURIComponent(rest) };
    } else {
      if (value === undefined || value === '') return undefined;
      parameters[parameter] = decodeURIComponent(value);
    }
  }
  return segments.length === given.length ? parameters : undefined;
}

/** Refuses to start rather than let a request through that the deployed API would stop. */
export function readRoutes(resources: readonly ResolvedResource[]): Route[] {
  const integrations = new Map(
    resources
      .filter(({ type }) => type === 'AWS::ApiGatewayV2::Integration')
      .map((integration) => [integration.physicalId, integration]),
  );
  return resources
    .filter(({ type }) => type === 'AWS::ApiGatewayV2::Route')
    .map(({ logicalId, properties }) => {
      const {
        RouteKey,
        Target,
        AuthorizationType = 'NONE',
      } = properties as Record<string, string | undefined>;
      const routeKey = RouteKey ?? '';
      if (AuthorizationType !== 'NONE')
        throw new LocalFailure(
          `route "${routeKey}" (${logicalId}) is authorised by API Gateway (${AuthorizationType}), which the local system does not do; the function has to check the token`,
        );
      const integration = integrations.get(Target?.split('/')[1] ?? '');
      const { IntegrationType, PayloadFormatVersion, IntegrationUri } = (integration?.properties ??
        {}) as Record<string, string | undefined>;
      if (IntegrationType !== 'AWS_PROXY' || PayloadFormatVersion !== '2.0' || IntegrationUri === undefined)
        throw new LocalFailure(
          `route "${routeKey}" (${logicalId}) has no function behind it that takes payload format 2.0`,
        );
      return { routeKey, functionArn: IntegrationUri };
    });
}

/** What CloudFront adds to each request for the API, by header name in lower case. */
export function readEdgeHeaders(
  resources: readonly ResolvedResource[],
  apiHost: string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  const apiIds = resources.filter(({ type }) => type === 'AWS::ApiGatewayV2::Api').map((r) => r.physicalId);
  for (const { type, properties } of resources) {
    if (type !== 'AWS::CloudFront::Distribution') continue;
    const { Origins = [] } = properties.DistributionConfig as { Origins?: Origin[] };
    for (const { DomainName, OriginCustomHeaders = [] } of Origins) {
      if (DomainName !== apiHost && !apiIds.some((id) => DomainName.startsWith(`${id}.execute-api.`)))
        continue;
      for (const { HeaderName, HeaderValue } of OriginCustomHeaders)
        headers[HeaderName.toLowerCase()] = HeaderValue;
    }
  }
  return headers;
}

interface Origin {
  readonly DomainName: string;
  readonly OriginCustomHeaders?: readonly { readonly HeaderName: string; readonly HeaderValue: string }[];
}
