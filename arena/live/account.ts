import { type Client, createClient } from '#contract/client.ts';
import { defaultStateFile, loadPhone, savePhone } from '#phone/kept-phone.ts';
import { openSession, type Session } from '#phone/session.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import type { LiveFamily } from '../family.ts';
import type { Roster, Seat } from './messages.ts';
import { fetchFrom } from './network.ts';

export interface Account {
  client: Client;
  driverId: string;
}

/**
 * Signs in the way an app does. A phone is enrolled unless the system knows it: in a kept system the same one in every
 * run, because a new phone would have to be approved.
 */
export const openAccount = async (
  { api, keepPhones }: Roster,
  { phone: has }: LiveFamily,
  { user, address }: Seat,
): Promise<Account> => {
  const send = fetchFrom(address);
  const kept = keepPhones ? loadPhone(defaultStateFile(api, user), undefined) : undefined;
  const save = () => kept && savePhone(kept);
  const phone = kept?.phone ?? softwareIphone();
  const session = await openSession({ api, user, phone, send, onAssertion: save });
  if (has === 'own' && session.isProving && !(keepPhones && (await session.token()).ok)) {
    const refusal = await enrolled(session);
    if (refusal) throw new Error(`the phone of ${user} was not enrolled: ${refusal}`);
  }
  save();
  return { client: has === 'own' ? session.client : session.login, driverId: session.accountId() };
};

/** The code of the refusal, if any. A busy system is asked again: dozens of phones enrol at once before a game. */
const enrolled = async (session: Session): Promise<string | undefined> => {
  for (let tries = 1; ; tries += 1) {
    const answer = await session.enrol();
    if (answer.ok) return undefined;
    if (answer.status < 500 || tries === 5) return answer.body.code;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
};

/** Whose word counts for a solved puzzle: an analyst of the local system. Elsewhere nobody's. */
export const openHands = async (
  api: string,
): Promise<(driverId: string, challengeId: string) => Promise<void>> => {
  const session = await openSession({ api, user: 'analyst@evenfield.test', phone: softwareIphone() }).catch(
    () => undefined,
  );
  const analyst = session?.login ?? createClient({ origin: api });
  return async (driverId, challengeId) => {
    await analyst.passChallenge({
      params: { driverId, challengeId },
      body: { rationale: 'Arena: the puzzle counts as solved by hand.' },
    });
  };
};
