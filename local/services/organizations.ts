import {
  AwsError,
  epochSeconds,
  type JsonObject,
  requiredString,
  startAwsJsonServer,
} from './aws-json-server.ts';
import type { Service, ServiceDeps } from './types.ts';

/**
 * What AWS Organizations says about the account: opted out of every AI service; opted in to Rekognition in spite
 * of that; no policy; no organization; no right to ask; no answer.
 */
export type OptOut = 'effective' | 'opted-in' | 'missing' | 'no-organization' | 'denied' | 'down';

export interface Organizations extends Service {
  /** From now on; `effective` at first: nothing is sent anywhere from this machine. */
  optOut: OptOut;
}

const account = '000000000000';
const optedOut = { default: { opt_out_policy: 'optOut' } };

/** Content of an effective policy: the operators of the attached ones (`@@assign`) are resolved. */
const policies: Partial<Record<OptOut, object>> = {
  effective: { services: optedOut },
  'opted-in': { services: { ...optedOut, rekognition: { opt_out_policy: 'optIn' } } },
};

const failures: Partial<Record<OptOut, readonly [type: string, message: string, status: number]>> = {
  missing: ['EffectivePolicyNotFoundException', 'No AI services opt-out policy is effective.', 400],
  'no-organization': ['AWSOrganizationsNotInUseException', 'Your account is not in an organization.', 400],
  denied: ['AccessDeniedException', "You don't have permissions to access this resource.", 400],
  down: ['ServiceException', 'AWS Organizations failed to answer.', 500],
};

/**
 * DescribeEffectivePolicy for AI services opt-out policies.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ai-opt-out_effective.html
 */
export async function startOrganizations({ log }: Pick<ServiceDeps, 'log'>): Promise<Organizations> {
  const startedAt = Date.now();

  const describeEffectivePolicy = (input: JsonObject): unknown => {
    const type = requiredString(input, 'PolicyType');
    if (type !== 'AISERVICES_OPT_OUT_POLICY')
      throw new AwsError('InvalidInputException', `This machine has no policies of type ${type}.`);
    if ((input.TargetId ?? account) !== account)
      throw new AwsError('TargetNotFoundException', 'You specified a target that does not exist.');
    const failure = failures[organizations.optOut];
    if (failure) throw new AwsError(...failure);
    return {
      EffectivePolicy: {
        LastUpdatedTimestamp: epochSeconds(startedAt),
        PolicyContent: JSON.stringify(policies[organizations.optOut]),
        PolicyType: type,
        TargetId: account,
      },
    };
  };

  const server = await startAwsJsonServer({
    targetPrefix: 'AWSOrganizationsV20161128',
    operations: { DescribeEffectivePolicy: describeEffectivePolicy },
    log,
  });
  const organizations: Organizations = { ...server, optOut: 'effective' };
  return organizations;
}
