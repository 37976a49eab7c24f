import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behindEdge } from '#lambdas/shell/behind-edge.ts';
import { readStaticFiles, serveFile } from '#lambdas/shell/static-files.ts';

const page = '<h1>Watch and choose</h1>';
let folder: string;
let ask: (path: string, headers?: Record<string, string>) => Promise<APIGatewayProxyStructuredResultV2>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenfield-files-'));
  mkdirSync(join(folder, 'driver'));
  writeFileSync(join(folder, 'driver/challenge'), page);
  writeFileSync(join(folder, 'driver/challenge.br'), brotliCompressSync(page));
  const files = readStaticFiles(pathToFileURL(`${folder}/`));
  const handler = behindEdge(
    async () => [Buffer.from('secret')],
    (event) => serveFile(files, event),
  );
  ask = async (rawPath, headers = {}) =>
    handler(
      { rawPath, headers: { 'x-evenfield-edge': 'secret', ...headers } } as unknown as APIGatewayProxyEventV2,
      {} as Context,
    );
});
afterAll(() => rmSync(folder, { recursive: true }));

const bytesOf = ({ body = '' }: APIGatewayProxyStructuredResultV2) => Buffer.from(body, 'base64');

describe('a page', () => {
  it.each(['br', 'gzip, deflate, br, zstd', 'gzip;q=0.5, br;q=0.1'])(
    'is compressed for who takes %s',
    async (accepted) => {
      const answer = await ask('/driver/challenge', { 'accept-encoding': accepted });
      expect(answer.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' });
      expect(brotliDecompressSync(bytesOf(answer)).toString()).toBe(page);
    },
  );

  it.each(['', 'gzip', 'br;q=0', 'br; q=0.000, gzip'])(
    'is sent as it is to who takes "%s"',
    async (accepted) => {
      const answer = await ask('/driver/challenge', { 'accept-encoding': accepted });
      expect(answer.headers).not.toHaveProperty('content-encoding');
      expect(bytesOf(answer).toString()).toBe(page);
    },
  );

  it('is served through the edge alone', async () => {
    expect((await ask('/driver/challenge', { 'x-evenfield-edge': 'guessed' })).statusCode).toBe(403);
  });

  it.each(['/driver', '/driver/challenge.br', '/driver/../driver/challenge', '/etc/passwd', ''])(
    'is nothing else: %s',
    async (path) => {
      expect((await ask(path)).statusCode).toBe(404);
    },
  );
});
