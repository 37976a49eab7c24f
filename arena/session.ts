import type { Client } from '#contract/client.ts';
import { defaultStateFile, loadPhone, savePhone } from '#phone/kept-phone.ts';
import { openSession } from '#phone/session.ts';

/** Signs in the way an app does: with what /v1/configuration says, at the identity provider itself. */
export const signIn = async (api: string, user: string): Promise<Client> =>
  (await openSession({ api, user, phone: loadPhone(defaultStateFile(api, user), undefined).phone })).login;

/** A driver with a phone in hand, the same one in every run: a new phone would have to be approved. */
export const signInWithPhone = async (api: string, user: string): Promise<Client> => {
  const kept = loadPhone(defaultStateFile(api, user), undefined);
  const save = () => savePhone(kept);
  const session = await openSession({ api, user, phone: kept.phone, onAssertion: save });
  const token = await session.token();
  if (!token.ok) {
    const answer = await session.enrol();
    if (!answer.ok) throw new Error(`the phone of ${user} was not enrolled: ${answer.body.code}`);
  }
  save();
  return session.client;
};
