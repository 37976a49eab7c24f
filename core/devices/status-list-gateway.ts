import { askServer } from '#core/shared/https-gateway.ts';
import { readStatusList, type StatusList } from './status-list.ts';

/** Google's, for every phone that it certifies. */
export const googlesStatusList = 'https://android.googleapis.com/attestation/status';

/** By what the server can tell that we have its newest list. */
export interface Validators {
  etag?: string;
  lastModified?: string;
}

export type FetchedList =
  | { status: 'unchanged' }
  | { status: 'list'; list: StatusList; validators: Validators }
  | { status: 'unavailable' | 'malformed'; reason: string };

export type FetchStatusList = (known: Validators) => Promise<FetchedList>;

/** Room for tens of thousands of entries. */
const sizeLimit = 4 * 1024 * 1024;
const timeoutMs = 20_000;
/** They come back in a header of ours: longer ones are not kept. */
const longestValidator = 256;

const validator = (value: string | undefined) =>
  value !== undefined && value.length <= longestValidator ? value : undefined;

/** One conditional request (RFC 9110 section 13). */
export const statusListGateway =
  (url: string = googlesStatusList): FetchStatusList =>
  async (known) => {
    const answer = await askServer({
      method: 'GET',
      url,
      headers: {
        accept: 'application/json',
        // No cache on the way may answer: the server lets them keep a list as long as we may use one.
        'cache-control': 'max-age=0',
        ...(known.etag && { 'if-none-match': known.etag }),
        ...(known.lastModified && { 'if-modified-since': known.lastModified }),
      },
      timeoutMs,
      sizeLimit,
    });
    if (answer.status === 'unavailable')
      return answer.reason === 'too-large' ? { status: 'malformed', reason: answer.reason } : answer;
    const { code, headers, body } = answer;
    const isConditional = known.etag !== undefined || known.lastModified !== undefined;
    if (code === 304 && isConditional) return { status: 'unchanged' };
    if (code !== 200) return { status: 'unavailable', reason: `status-${code}` };
    const list = readStatusList(body.toString('utf8'));
    if (!list) return { status: 'malformed', reason: 'not-a-status-list' };
    const [etag, lastModified] = [validator(headers.etag), validator(headers['last-modified'])];
    return {
      status: 'list',
      list,
      validators: { ...(etag && { etag }), ...(lastModified && { lastModified }) },
    };
  };
