import type { Client } from '#contract/client.ts';
import { defaultStateFile, loadPhone } from '#phone/kept-phone.ts';
import { openSession } from '#phone/session.ts';

/** Signs in the way an app does: with what /v1/configuration says, at the identity provider itself. */
export const signIn = async (api: string, user: string): Promise<Client> =>
  (await openSession({ api, user, phone: loadPhone(defaultStateFile(api, user), undefined).phone })).login;
