import type { TaskOf } from '#contract/challenges.ts';
import { type Action, otherWays, type Shown } from './action.ts';
import type { Assertion, Host } from './host.ts';
import { t } from './texts.ts';
import { ask, button, element, row, say } from './view.ts';

const bytesOf = (base64url: string) =>
  Uint8Array.from(atob(base64url.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));

const base64url = (bytes: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');

const askBrowser = async (task: TaskOf<'unlock'>): Promise<Assertion> => {
  const credential = (await navigator.credentials.get({
    publicKey: {
      challenge: bytesOf(task.challenge),
      rpId: task.rpId,
      allowCredentials: [{ type: 'public-key', id: bytesOf(task.credentialId) }],
      userVerification: task.userVerification,
    },
  })) as PublicKeyCredential;
  const { authenticatorData, clientDataJSON, signature } =
    credential.response as AuthenticatorAssertionResponse;
  return {
    authenticatorData: base64url(authenticatorData),
    clientDataJson: base64url(clientDataJSON),
    signature: base64url(signature),
  };
};

/** By the app where it knows how, else by the browser (WebAuthn). */
export const askUnlock = (task: TaskOf<'unlock'>, shown: Shown, host: Host | undefined): Promise<Action> =>
  ask((act) => {
    const unlock = host?.unlock?.bind(host) ?? ('PublicKeyCredential' in window ? askBrowser : undefined);
    const told = element('p', {}, t(unlock ? 'unlockText' : 'unlockMissing'));
    let waiting = false;
    const press = async () => {
      if (waiting || !unlock) return;
      waiting = true;
      try {
        const { authenticatorData, clientDataJson, signature } = await unlock(task);
        act({
          do: 'answer',
          attempt: {
            answer: { kind: 'unlock', taskId: task.taskId, authenticatorData, clientDataJson, signature },
          },
        });
      } catch {
        told.textContent = t('unlockFailed');
        say(t('unlockFailed'));
      }
      waiting = false;
    };
    return {
      title: t('unlockTitle'),
      notice: shown.notice,
      body: [
        told,
        unlock && row(button(t('unlock'), () => void press(), { class: 'primary' })),
        otherWays(shown, act),
      ],
    };
  });
