interface IdentityProvider {
  identityEndpoint: string;
  clientId: string;
}

export interface Login {
  accessToken: string;
  /** ms */
  expiresAt: number;
}

/** Amazon Cognito's USER_PASSWORD_AUTH, at the identity provider itself as an app does it. */
export const signIn = async (
  { identityEndpoint, clientId }: IdentityProvider,
  user: string,
  password: string,
  send: typeof fetch = fetch,
): Promise<Login> => {
  const response = await send(identityEndpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: clientId,
      AuthParameters: { USERNAME: user, PASSWORD: password },
    }),
  });
  const answer = (await response.json().catch(() => ({}))) as {
    AuthenticationResult?: { AccessToken: string; ExpiresIn?: number };
    message?: string;
    Message?: string;
  };
  const result = answer.AuthenticationResult;
  if (!result) {
    const why = answer.message ?? answer.Message ?? `answer ${response.status}`;
    throw new Error(
      `${user} cannot sign in (${why}). Is the password right, and was the system started with its seed?`,
    );
  }
  return { accessToken: result.AccessToken, expiresAt: Date.now() + (result.ExpiresIn ?? 3_600) * 1_000 };
};
