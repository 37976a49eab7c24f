import { claimBlock } from '#contract/claims.ts';
import type { SoftwarePhone } from '#phone/enrolment.ts';
import { openSession, type Session } from '#phone/session.ts';
import { unique } from './builders.ts';
import type { Marketplace } from './marketplace.ts';

/** Drivers and their phones at the API of a marketplace that enforces proofs. */
export const phonesAt = (market: () => Marketplace) => {
  /** A claim as bytes, to send in other ways than a phone would. */
  const send = (headers: Record<string, string>, body: string) =>
    fetch(`${market().system.url}${claimBlock.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  return {
    send,
    aClaim: (offerToken: string) => JSON.stringify({ offerToken }),
    /** The nonce that the API hands out now. */
    freshNonce: async (): Promise<string> => {
      const answer = await send({ authorization: 'DPoP nothing' }, '{}');
      return answer.headers.get('dpop-nonce') as string;
    },
    aDriver: async (): Promise<string> => {
      const user = `${unique('driver')}@evenfield.test`;
      await market().system.createUser(user);
      return user;
    },
    withPhone: async (user: string, phone: SoftwarePhone): Promise<Session> => {
      const session = await openSession({ api: market().system.url, user, phone });
      const answer = await session.enrol();
      if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return session;
    },
  };
};

export const tokenOf = async (session: Session): Promise<string> => {
  const outcome = await session.token();
  if (!outcome.ok) throw new Error(outcome.problem.code);
  return outcome.token.accessToken;
};

export const codeOf = async (response: Response) => {
  const { code, reason } = (await response.json()) as { code: string; reason?: string };
  return { status: response.status, code, ...(reason && { reason }) };
};
