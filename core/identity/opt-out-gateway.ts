import { DescribeEffectivePolicyCommand, OrganizationsClient } from '@aws-sdk/client-organizations';

/** What the gateway needs of a client. */
export interface PolicyService {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's overloads of send cannot be named otherwise
  send(command: any): Promise<any>;
}

/** Whether images may be used to improve the service that compares them. */
export type OptOut = 'effective' | 'missing' | 'unknown';

export const policyService = (): PolicyService =>
  new OrganizationsClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });

interface ServicePolicy {
  opt_out_policy?: string;
}

/**
 * Reads the effective AI services opt-out policy of this account. A word about Rekognition itself goes before the one
 * about all services.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ai-opt-out_syntax.html
 */
export const readOptOut = async (client: PolicyService): Promise<OptOut> => {
  try {
    const { EffectivePolicy } = await client.send(
      new DescribeEffectivePolicyCommand({ PolicyType: 'AISERVICES_OPT_OUT_POLICY' }),
    );
    const { services = {} } = JSON.parse(EffectivePolicy?.PolicyContent ?? '{}') as {
      services?: Record<string, ServicePolicy>;
    };
    const said = services.rekognition?.opt_out_policy ?? services.default?.opt_out_policy;
    return said === 'optOut' ? 'effective' : 'missing';
  } catch (error) {
    const { name } = error as Error;
    return name === 'EffectivePolicyNotFoundException' || name === 'AWSOrganizationsNotInUseException'
      ? 'missing'
      : 'unknown';
  }
};
