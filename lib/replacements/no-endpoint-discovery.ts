/**
 * Takes the place of `@aws-sdk/middleware-endpoint-discovery`: the DynamoDB client builds its cache and
 * then consults it in no operation.
 */
export const resolveEndpointDiscoveryConfig = <T>(config: T): T => config;
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: false,
};
