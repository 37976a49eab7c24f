import type { Client } from '#contract/client.ts';
import { type Ending, type Heard, hear } from './ending.ts';

/** A driver at the API, with reference photos. Opens as many checks as there are photos to send. */
export interface FaceDriver {
  /** How each reference photo was answered, in the order they were sent. */
  enrolled: readonly Ending[];
  /** One check, one photo: how it ended. A driver does one thing at a time. */
  send(bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<Ending>;
}

/** A check starts with nothing behind it, so that no photo is judged by those before it. */
const freshCheck = async (driver: Client, heard: Heard) => {
  const opened = await driver.createSelfieCheck();
  heard(opened.body);
  if (!opened.ok) throw new Error(`no check: ${opened.body.code}`);
  return opened.body;
};

/** Agrees to the release, hands in the photos and is ready to be asked. Throws when a driver cannot even agree. */
export const enrolDriver = async (
  driver: Client,
  references: readonly { bytes: Uint8Array<ArrayBuffer>; contentType: string }[],
  heard: Heard,
): Promise<FaceDriver> => {
  const identity = await driver.getIdentity();
  heard(identity.body);
  if (!identity.ok) throw new Error(`no identity: ${identity.body.code}`);
  const { version, sha256 } = identity.body.release;
  const agreed = await driver.putConsent({ body: { version, sha256 } });
  if (!agreed.ok) throw new Error(`no consent: ${agreed.body.code}`);
  const enrolled: Ending[] = [];
  for (const { bytes, contentType } of references)
    enrolled.push(
      hear(await driver.addReference({ body: bytes, headers: { 'content-type': contentType } }), heard),
    );
  const sendOne = async (bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<Ending> => {
    const { checkId } = await freshCheck(driver, heard);
    const params = { checkId };
    const sent = await driver.sendSelfie({ params, body: bytes, headers: { 'content-type': contentType } });
    const ending = hear(sent, heard);
    if (ending.result === 'passed') {
      const after = await driver.getSelfieCheck({ params });
      heard(after.body);
      if (!after.ok || after.body.state !== 'passed') throw new Error(`the check of ${checkId} did not pass`);
    }
    // The way without a face puts it aside; what is still open would be handed out again.
    if (sent.ok && sent.body.photosLeft > 0) await driver.chooseWay({ params, body: { way: 'video' } });
    return ending;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    enrolled,
    send: (bytes, contentType) => {
      const ending = last.then(() => sendOne(bytes, contentType));
      last = ending.catch(() => {});
      return ending;
    },
  };
};
