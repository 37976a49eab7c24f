import { type Kind, type Lifted, type Original, withHeaders } from './original.ts';

const isWrite = ({ method }: Original) => method !== 'GET';
const bare = (original: Original): Lifted => withHeaders(original, {});

const kind = (name: string, make: Kind['make'], when: Kind['when'] = 'both'): Kind => ({ name, when, make });

const withBody = (name: string, change: (body: Buffer, random: number) => Buffer): Kind =>
  kind(`body: ${name}`, (original, { chance }) => {
    const body = change(original.body, chance.next());
    return isWrite(original) && !body.equals(original.body) ? { ...bare(original), body } : undefined;
  });

const withPath = (name: string, change: (path: string) => string): Kind =>
  kind(`path: ${name}`, (original) => {
    const path = change(original.path);
    return path === original.path ? undefined : { ...bare(original), path };
  });

const withMethod = (method: string): Kind =>
  kind(`method: ${method}`, (original) =>
    original.method === method ? undefined : { ...bare(original), method },
  );

/** The proof is the phone's own; the request around it is another one. */
export const requestKinds: Kind[] = [
  kind('replay', (original) => (isWrite(original) ? bare(original) : undefined), 'after'),
  kind(
    'replay, seconds later',
    (original, { chance }) =>
      isWrite(original) ? { ...bare(original), clockShift: 1_000 * (1 + chance.below(58)) } : undefined,
    'after',
  ),
  kind(
    'replay, scheme in other case',
    (original, { chance }) =>
      isWrite(original)
        ? withHeaders(original, {
            authorization: `${chance.pick(['dpop', 'DPOP', 'dPoP', 'DPoP  '])} ${original.holder.token}`,
          })
        : undefined,
    'after',
  ),
  kind('body: of another claim', (original, { chance, bodies }) => {
    const body = chance.pick(bodies);
    return isWrite(original) && !body.equals(original.body) ? { ...bare(original), body } : undefined;
  }),
  withBody('a space more', (body) => Buffer.concat([body, Buffer.from(' ')])),
  withBody('none', () => Buffer.alloc(0)),
  withBody('cut', (body, random) => body.subarray(0, Math.floor(random * body.length))),
  withBody('one bit', (body, random) => {
    const changed = Buffer.from(body);
    const at = Math.floor(random * body.length);
    if (body.length > 0) changed[at] = (changed[at] as number) ^ (1 << Math.floor((random * 997) % 8));
    return changed;
  }),
  withBody('a member twice', (body) => Buffer.from(body.toString().replace('{', '{"offerToken":"x",'))),
  withPath('of another resource', (path) =>
    path.startsWith('/v1/claims') ? '/v1/schedule' : '/v1/claims/another-block',
  ),
  withPath('slash at the end', (path) => `${path}/`),
  withPath('upper case', (path) => path.toUpperCase()),
  withPath('percent-encoded', (path) =>
    path.replace(/[a-z](?=[^/]*$)/, (c) => `%${c.charCodeAt(0).toString(16)}`),
  ),
  withPath('slash twice', (path) => path.replace('/v1/', '/v1//')),
  withPath('dots', (path) => path.replace('/v1/', '/v1/x/../')),
  withPath('another version', (path) => path.replace('/v1/', '/v2/')),
  withPath('one segment more', (path) => `${path}/approval`),
  ...['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'post', 'Delete'].map(withMethod),
  kind('time: older than a minute', (original, { chance }) => ({
    ...bare(original),
    clockShift: 61_001 + 1_000 * chance.below(500),
  })),
  kind('time: ahead of the service', (original, { chance }) => ({
    ...bare(original),
    clockShift: -6_001 - 1_000 * chance.below(500),
  })),
  kind('service: ledger does not answer', (original) =>
    isWrite(original) ? { ...bare(original), missing: 'ledger' } : undefined,
  ),
  kind('service: revocations unknown', (original) => ({ ...bare(original), missing: 'revocations' })),
];
