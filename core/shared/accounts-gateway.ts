import {
  AdminGetUserCommand,
  CognitoIdentityProviderClient,
  type CognitoIdentityProviderClientConfig,
} from '@aws-sdk/client-cognito-identity-provider';

/** The address that an account's owner reads, if it is confirmed and the account is in use. */
export type FindAddress = (accountId: string) => Promise<string | undefined>;

/** The provider takes an account's id wherever it takes a user name. */
export const accountsGateway = (
  userPoolId: string,
  settings: CognitoIdentityProviderClientConfig = {},
): FindAddress => {
  const client = new CognitoIdentityProviderClient(settings);
  return async (accountId) => {
    try {
      const { Enabled, UserAttributes = [] } = await client.send(
        new AdminGetUserCommand({ UserPoolId: userPoolId, Username: accountId }),
      );
      const attribute = (name: string) => UserAttributes.find(({ Name }) => Name === name)?.Value;
      return Enabled !== false && attribute('email_verified') === 'true' ? attribute('email') : undefined;
    } catch (error) {
      if ((error as Error).name === 'UserNotFoundException') return undefined;
      throw error;
    }
  };
};
