import { randomInt, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalFailure } from '../failure.ts';
import { isJsonObject, type JsonObject } from './aws-json-server.ts';
import type { ResolvedResource } from './types.ts';

export interface StoredSecret {
  readonly arn: string;
  readonly name: string;
  readonly value: string;
  readonly versionId: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

type KeptSecret = Pick<StoredSecret, 'value' | 'versionId' | 'createdAt'>;

/**
 * The template's secrets with their values. A generated value is drawn once and, with a data folder,
 * kept in a file that only its owner reads; a literal SecretString always follows the template.
 */
export function openSecretStore(resources: readonly ResolvedResource[], data?: string): StoredSecret[] {
  const file = data === undefined ? undefined : join(data, 'secrets.json');
  const kept = readKept(file);
  const secrets = resources
    .filter(({ type }) => type === 'AWS::SecretsManager::Secret')
    .map((resource) => {
      const arn = resource.attributes.Arn ?? resource.physicalId;
      const secret = { ...keptOrNew(resource, kept[resource.logicalId]), arn, name: nameOf(resource, arn) };
      return [resource.logicalId, secret] as const;
    });
  if (file !== undefined) {
    const keep = secrets.map(([id, { value, versionId, createdAt }]) => [
      id,
      { value, versionId, createdAt },
    ]);
    writeOwnerOnly(file, JSON.stringify({ ...kept, ...Object.fromEntries(keep) }));
  }
  return secrets.map(([, secret]) => secret);
}

function keptOrNew({ logicalId, properties }: ResolvedResource, kept: KeptSecret | undefined): KeptSecret {
  const { SecretString: literal, GenerateSecretString: rule } = properties;
  if (literal === undefined && kept !== undefined) return kept;
  if (literal !== undefined && literal === kept?.value) return kept;
  const value =
    typeof literal === 'string' ? literal : generateSecret(isJsonObject(rule) ? rule : {}, logicalId);
  return { value, versionId: randomUUID(), createdAt: Date.now() };
}

function nameOf({ properties }: ResolvedResource, arn: string): string {
  if (typeof properties.Name === 'string') return properties.Name;
  return (arn.split(':secret:')[1] ?? arn).replace(/-[A-Za-z0-9]{6}$/, '');
}

function readKept(file: string | undefined): Record<string, KeptSecret> {
  return file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** Renamed into place, so that a process killed in the middle leaves the old file whole. */
function writeOwnerOnly(file: string, content: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

const characterSets = {
  ExcludeLowercase: 'abcdefghijklmnopqrstuvwxyz',
  ExcludeUppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ExcludeNumbers: '0123456789',
  ExcludePunctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
} as const;

/** AWS::SecretsManager::Secret GenerateSecretString, with the defaults of GetRandomPassword. */
export function generateSecret(rule: JsonObject, where: string): string {
  const length = Number(rule.PasswordLength ?? 32);
  const excluded = new Set(String(rule.ExcludeCharacters ?? ''));
  const sets = Object.entries(characterSets)
    .filter(([option]) => String(rule[option] ?? false) !== 'true')
    .map(([, characters]) => [...characters].filter((character) => !excluded.has(character)))
    .filter((characters) => characters.length > 0);
  const alphabet = [...sets.flat(), ...(String(rule.IncludeSpace ?? false) === 'true' ? [' '] : [])];
  if (alphabet.length === 0 || !(length >= Math.max(1, sets.length) && length <= 4096))
    throw new LocalFailure(`${where}: GenerateSecretString leaves no password of ${length} characters`);

  const drawFrom = (characters: readonly string[]): string =>
    characters[randomInt(characters.length)] as string;
  const required = String(rule.RequireEachIncludedType ?? true) === 'true' ? sets.map(drawFrom) : [];
  const rest = Array.from({ length: length - required.length }, () => drawFrom(alphabet));
  const password = shuffle([...required, ...rest]).join('');

  if (rule.GenerateStringKey === undefined) return password;
  const template: unknown = JSON.parse(String(rule.SecretStringTemplate ?? '{}'));
  return JSON.stringify({ ...(template as object), [String(rule.GenerateStringKey)]: password });
}

/** Fisher and Yates: the required characters must not stay in front. */
function shuffle(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] as string, characters[last] as string];
  }
  return characters;
}
