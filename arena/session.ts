import { type Client, createClient } from '#contract/client.ts';

/** What the seeded local system gives every user. */
const seededPassword = 'Evenfield-local-1';

/** Signs in the way an app does: with what /v1/configuration says, at the identity provider itself. */
export const signIn = async (origin: string, email: string): Promise<Client> => {
  const configuration = await createClient({ origin }).getConfiguration();
  if (!configuration.ok) throw new Error(`the configuration cannot be read: ${configuration.body.code}`);
  const { identityEndpoint, clientId } = configuration.body;
  const response = await fetch(identityEndpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: clientId,
      AuthParameters: { USERNAME: email, PASSWORD: seededPassword },
    }),
  });
  const answer = (await response.json()) as { AuthenticationResult?: { AccessToken: string } };
  const token = answer.AuthenticationResult?.AccessToken;
  if (!token) throw new Error(`${email} cannot sign in; was the system started with its seed?`);
  return createClient({ origin, token });
};
