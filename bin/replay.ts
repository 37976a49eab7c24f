import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
// biome-ignore-start lint/style/noRestrictedImports: no infrastructure: whoever wants to check a finding runs this
import { createClient } from '#contract/client.ts';
import { type EvidenceRecord, evidenceRecord } from '#contract/detection-review.ts';
import { replay } from '#core/detection/findings/replay.ts';
import { releasedModels } from '#core/detection/model/released/index.ts';
import { rules } from '#core/detection/rules/rules.ts';
import { detectorsOf } from '#core/detection/scoring/detectors.ts';

// biome-ignore-end lint/style/noRestrictedImports: as above

const usage = `npm run replay -- EVIDENCE-ID [--api URL] [--user EMAIL] [--file FILE]

  EVIDENCE-ID  of a finding, as GET /v1/operator/findings lists it
  --api URL    where the service is; default http://127.0.0.1:8787
  --user EMAIL an analyst; default analyst@evenfield.test. The password is read from EVENFIELD_PASSWORD,
               an access token instead of both from EVENFIELD_TOKEN
  --file FILE  a record that was saved before, in the place of the service

  computes the finding again from its record and compares it bit for bit;
  ends with 0 when all is the same, 1 when something differs, 2 when nothing could be computed`;

const exitCodes = { same: 0, different: 1, uncomputed: 2 } as const;
const localPassword = 'Evenfield-local-1';

/** Nothing could be computed, and why. */
class Uncomputed extends Error {}

const readOptions = () => {
  try {
    const { values, positionals } = parseArgs({
      options: {
        api: { type: 'string', default: 'http://127.0.0.1:8787' },
        user: { type: 'string', default: 'analyst@evenfield.test' },
        file: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [evidenceId, ...more] = positionals;
    if (!values.help && (more.length > 0 || (evidenceId === undefined && values.file === undefined)))
      throw new Error('one finding at a time');
    return { ...values, evidenceId };
  } catch (error) {
    throw new Uncomputed(`${(error as Error).message}\n\n${usage}`);
  }
};

/** By the identity provider's own password flow. */
const signIn = async (api: string, user: string): Promise<string> => {
  const { EVENFIELD_TOKEN: token, EVENFIELD_PASSWORD: password = localPassword } = process.env;
  if (token) return token;
  const configuration = await createClient({ origin: api }).getConfiguration();
  if (!configuration.ok) throw new Uncomputed(`${api}: ${configuration.body.title}`);
  const { identityEndpoint, clientId } = configuration.body;
  const answer = await fetch(identityEndpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: clientId,
      AuthParameters: { USERNAME: user, PASSWORD: password },
    }),
  });
  const { AuthenticationResult } = (await answer.json()) as {
    AuthenticationResult?: { AccessToken?: string };
  };
  if (!AuthenticationResult?.AccessToken) throw new Uncomputed(`${user} could not be signed in`);
  return AuthenticationResult.AccessToken;
};

const fetchRecord = async (api: string, user: string, evidenceId: string): Promise<EvidenceRecord> => {
  const token = await signIn(api, user);
  const answer = await createClient({ origin: api, token }).getFindingRecord({ params: { evidenceId } });
  if (!answer.ok) throw new Uncomputed(`${evidenceId}: ${answer.body.title}`);
  return answer.body;
};

const readRecord = (file: string): EvidenceRecord => {
  try {
    return evidenceRecord.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Uncomputed(`${file} holds no record: ${(error as Error).message.split('\n')[0]}`);
  }
};

const main = async (): Promise<number> => {
  const { help, file, api, user, evidenceId = '' } = readOptions();
  if (help) {
    console.log(usage);
    return exitCodes.same;
  }
  const record = file === undefined ? await fetchRecord(api, user, evidenceId) : readRecord(file);
  const outcome = replay(record, detectorsOf(releasedModels, rules));
  if (outcome.status === 'unknown')
    throw new Uncomputed(`${outcome.wanted} is not in this version; take the one that released it`);
  console.log(`${record.evidenceId}: ${record.release}, looked at ${record.lookedAt}\n`);
  for (const { what, same, stored, computed } of outcome.compared)
    console.log(
      same ? `same       ${what}: ${stored}` : `different  ${what}: ${stored}, and now ${computed}`,
    );
  const different = outcome.compared.filter(({ same }) => !same).length;
  console.log(
    `\n${outcome.compared.length} compared, ${different === 0 ? 'all the same' : `${different} different`}`,
  );
  return different === 0 ? exitCodes.same : exitCodes.different;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`replay: ${(error as Error).message}`);
  if (!(error instanceof Uncomputed)) throw error;
  process.exitCode = exitCodes.uncomputed;
}
