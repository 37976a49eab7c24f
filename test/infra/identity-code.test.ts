import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import * as events from '#contract/events.ts';
import { facesGateway } from '#core/identity/rekognition-gateway.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = ['arena', 'bin', 'contract', 'core', 'detector', 'lambdas', 'lib', 'local', 'phone', 'web'];
const sources = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.([cm]?[jt]sx?|json|py|sh|html|ya?ml)$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length))
    .filter((path) => !path.includes('node_modules/')),
);
const filesWith = (pattern: RegExp, paths = sources) =>
  paths.filter((path) => pattern.test(readFileSync(join(root, path), 'utf8')));

describe('no source of the repository', () => {
  it('names a search for a face among many, except where it is denied', () => {
    expect(sources.length).toBeGreaterThan(300);
    // As commands, as methods of a client, and as targets of the protocol. Users are made in Cognito as well.
    const pattern =
      /IndexFaces|AssociateFaces|Search(Faces|Users)|CreateCollection|RecognizeCelebrities|\bCreateUserCommand\b|Rekognition(Service)?\W+CreateUser/i;
    expect(filesWith(pattern)).toEqual(['lib/photos.ts']);
  });

  it('asks for sex, age or mood, or for all that can be said of a face', () => {
    const engine = /^local\/faces\//;
    const others = sources.filter((path) => !engine.test(path));
    expect(filesWith(/(['"`])(ALL|GENDER|AGE_RANGE|EMOTIONS)\1|AgeRange|\bEmotions\b/, others)).toEqual([]);
    // The engine for development offers them no more than it asks for them.
    expect(
      filesWith(
        /AgeRange|\bEmotions\b|Gender['"]?:/,
        sources.filter((path) => engine.test(path)),
      ),
    ).toEqual([]);
  });

  it('talks to Rekognition but the one gateway', () => {
    expect(filesWith(/client-rekognition/)).toEqual(['core/identity/rekognition-gateway.ts']);
  });
});

it('of a face is asked what a photo must be fit for, and nothing else', async () => {
  const asked: unknown[] = [];
  const gateway = facesGateway({
    send: async ({ input }: { input: { Attributes?: string[] } }) => {
      asked.push(input.Attributes);
      return {};
    },
  });
  await gateway.look(Buffer.from('photo'));
  expect(asked).toEqual([['DEFAULT', 'EYES_OPEN', 'FACE_OCCLUDED', 'SUNGLASSES']]);
});

describe('who looks for bots or judges accounts', () => {
  const biome = join(root, 'node_modules/.bin/biome');
  /** What the linter says of imports, by the path that a file of these contents would have. */
  const refusals = (files: Record<string, string>): Record<string, string[]> => {
    const folder = mkdtempSync(join(tmpdir(), 'evenfield-lint-'));
    try {
      cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const options = ['lint', '--vcs-enabled=false', '--reporter=json', '.'];
      const { stdout } = spawnSync(biome, options, { cwd: folder, encoding: 'utf8' });
      const { diagnostics } = JSON.parse(stdout) as {
        diagnostics: { category: string; message: string; location: { path: string } }[];
      };
      const restricted = diagnostics.filter(({ category }) => category.endsWith('/noRestrictedImports'));
      return Object.fromEntries(
        Object.keys(files).map((path) => [
          path,
          restricted.filter(({ location }) => location.path === path).map(({ message }) => message),
        ]),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('cannot import what knows faces: the linter refuses it', () => {
    const importing = (from: string) => `import { it } from '${from}';\n\nexport const that = it;\n`;
    const message = 'Who looks for bots or judges accounts sees outcomes as events; nothing about a face.';
    const identity = importing('#core/identity/check.ts');
    expect(
      refusals({
        'core/detection/example.ts': identity,
        'core/detection/example-store.ts': identity,
        'core/detection/beside.ts': importing('../identity/check.ts'),
        'core/enforcement/example.ts': identity,
        'core/enforcement/example-gateway.ts': identity,
        'core/evidence/example.ts': identity,
        'core/detection/allowed.ts': importing('#core/shared/limit.ts'),
        'core/offers/example.ts': importing('#core/shared/limit.ts'),
      }),
    ).toEqual({
      'core/detection/example.ts': [message],
      'core/detection/example-store.ts': [message],
      'core/detection/beside.ts': [message],
      'core/enforcement/example.ts': [message],
      'core/enforcement/example-gateway.ts': [message],
      'core/evidence/example.ts': [message],
      'core/detection/allowed.ts': [],
      'core/offers/example.ts': [],
    });
  });

  /** What a comparison came to, in whatever words. */
  const likeness = /similar|likeness|band|score|confidence|distance|descriptor|embedding|fingerprint/i;
  const keysOf = (schema: unknown): string[] =>
    Array.isArray(schema)
      ? schema.flatMap(keysOf)
      : Object.entries(Object(schema)).flatMap(([key, value]) => [
          ...(key === 'properties' ? Object.keys(value as object) : []),
          ...(typeof value === 'object' ? keysOf(value) : []),
        ]);

  it('learns from an event how a selfie ended, and nothing of how like it was', () => {
    const schemas = Object.values(events).filter((one) => one instanceof z.ZodMiniType);
    expect(schemas).toContain(events.attemptEvent);
    const keys = schemas.flatMap((schema) => keysOf(z.toJSONSchema(schema, { io: 'input' })));
    expect(keys).toContain('outcome');
    expect(keys.filter((key) => likeness.test(key))).toEqual([]);
    // An event takes no key that is not named.
    const event = { v: 1, eventId: 'e', type: 'selfie-check', occurredAt: '2026-11-20T09:00:00.000Z' };
    const whole = { ...event, driverId: 'd', outcome: 'inconclusive', durationMs: 5 };
    expect(events.attemptEvent.safeParse(whole).success).toBe(true);
    expect(events.attemptEvent.safeParse({ ...whole, similarity: 99 }).success).toBe(false);
  });

  it('has no word for it', () => {
    const judging = sources.filter((path) => /^core\/(detection|enforcement|evidence)\//.test(path));
    expect(judging.length).toBeGreaterThan(0);
    // An account has a score of its own there.
    const ofAFace = /similarity|descriptor|embedding|fingerprint|\bfaces?\b/i;
    expect(filesWith(ofAFace, judging)).toEqual([]);
  });
});
