import {
  AdminGetUserCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  type CognitoIdentityProviderClientConfig,
} from '@aws-sdk/client-cognito-identity-provider';

/** The address that an account's owner reads, if it is confirmed and the account is in use. */
export type FindAddress = (accountId: string) => Promise<string | undefined>;

/** Where its owner is written to, and in which language, such as `pt-BR`, where the owner chose one. */
export type FindContact = (accountId: string) => Promise<{ address?: string; locale?: string }>;

/**
 * Revokes every refresh token of an account: nobody goes on without signing in again. Access tokens that were given out
 * live on for their hour. Doing it again changes nothing, and an account that is gone has none.
 */
export type SignOutEverywhere = (accountId: string) => Promise<void>;

const orGone = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if ((error as Error).name === 'UserNotFoundException') return undefined;
    throw error;
  }
};

/** The provider takes an account's id wherever it takes a user name. */
export const contactsGateway = (
  userPoolId: string,
  settings: CognitoIdentityProviderClientConfig = {},
): FindContact => {
  const client = new CognitoIdentityProviderClient(settings);
  return async (accountId) => {
    const user = await orGone(
      client.send(new AdminGetUserCommand({ UserPoolId: userPoolId, Username: accountId })),
    );
    const attribute = (name: string) => user?.UserAttributes?.find(({ Name }) => Name === name)?.Value;
    const isReached = user?.Enabled !== false && attribute('email_verified') === 'true';
    const address = isReached ? attribute('email') : undefined;
    const locale = attribute('locale');
    return { ...(address && { address }), ...(locale && { locale }) };
  };
};

export const accountsGateway = (
  userPoolId: string,
  settings: CognitoIdentityProviderClientConfig = {},
): FindAddress => {
  const findContact = contactsGateway(userPoolId, settings);
  return async (accountId) => (await findContact(accountId)).address;
};

export const signOutGateway = (
  userPoolId: string,
  settings: CognitoIdentityProviderClientConfig = {},
): SignOutEverywhere => {
  const client = new CognitoIdentityProviderClient(settings);
  return async (accountId) => {
    await orGone(
      client.send(new AdminUserGlobalSignOutCommand({ UserPoolId: userPoolId, Username: accountId })),
    );
  };
};
