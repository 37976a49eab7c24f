import { describe, expect, it } from 'vitest';
import { createClient } from '#contract/client.ts';

const answering = (status: number, body: string) =>
  createClient({ origin: 'http://127.0.0.1', fetch: async () => new Response(body, { status }) });

describe('the client', () => {
  it('gives the refusal of a firewall or gateway, which is no problem document, as a value', async () => {
    expect(await answering(429, '<html>').listSchedule()).toMatchObject({
      ok: false,
      body: { code: 'slow-down' },
    });
    expect(await answering(403, '{"message":"Forbidden"}').listSchedule()).toMatchObject({
      ok: false,
      status: 403,
      body: { code: 'forbidden', status: 403 },
    });
    expect(await answering(504, '').listSchedule()).toMatchObject({ ok: false, body: { code: 'try-again' } });
  });

  it('throws when a success is not what the contract says', async () => {
    await expect(answering(200, '{"blocks":[{}]}').listSchedule()).rejects.toThrow();
    await expect(answering(302, '').listSchedule()).rejects.toThrow('unexpected answer 302');
  });
});
