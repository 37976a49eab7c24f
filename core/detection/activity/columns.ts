import type { LoggedEvent } from './logged-event.ts';

/** Events by field, for bulk work: 50 to 110 bytes each instead of an object of 300. */
export interface Columns {
  readonly length: number;
  append(event: LoggedEvent): void;
  /** The event of a row, as a new object. */
  at(row: number): LoggedEvent;
}

/** Rows are kept in pages, so that growing copies nothing. */
const pageRows = 16_384;

const newHashes = () => new Uint32Array(pageRows);
const newNumbers = () => new Float64Array(pageRows).fill(Number.NaN);

/** Of a field that nothing is known of in a whole page: it takes no memory there. */
const noHashes = newHashes();
const noNumbers = newNumbers();

const newPage = () => ({
  id: new Float64Array(pageRows),
  at: new Float64Array(pageRows),
  route: new Uint8Array(pageRows),
  outcome: new Uint8Array(pageRows),
  asn: new Uint8Array(pageRows),
  verdict: new Uint8Array(pageRows),
  offer: noHashes,
  device: noHashes,
  network: noHashes,
  key: noHashes,
  station: noHashes,
  latencyMs: noNumbers,
  value: noNumbers,
  x: noNumbers,
  y: noNumbers,
  holdMs: noNumbers,
  durationMs: noNumbers,
  latitude: noNumbers,
  longitude: noNumbers,
});
type Page = ReturnType<typeof newPage>;

const withHash = (cells: Uint32Array<ArrayBuffer>, row: number, hash: number) => {
  if (hash === 0) return cells;
  const own = cells === noHashes ? newHashes() : cells;
  own[row] = hash;
  return own;
};

const withNumber = (cells: Float64Array<ArrayBuffer>, row: number, value: number) => {
  if (Number.isNaN(value)) return cells;
  const own = cells === noNumbers ? newNumbers() : cells;
  own[row] = value;
  return own;
};

const write = (page: Page, row: number, event: LoggedEvent): void => {
  page.id[row] = event.id;
  page.at[row] = event.at;
  page.route[row] = event.route;
  page.outcome[row] = event.outcome;
  page.asn[row] = event.asn;
  page.verdict[row] = event.verdict;
  page.offer = withHash(page.offer, row, event.offer);
  page.device = withHash(page.device, row, event.device);
  page.network = withHash(page.network, row, event.network);
  page.key = withHash(page.key, row, event.key);
  page.station = withHash(page.station, row, event.station);
  page.latencyMs = withNumber(page.latencyMs, row, event.latencyMs);
  page.value = withNumber(page.value, row, event.value);
  page.x = withNumber(page.x, row, event.x);
  page.y = withNumber(page.y, row, event.y);
  page.holdMs = withNumber(page.holdMs, row, event.holdMs);
  page.durationMs = withNumber(page.durationMs, row, event.durationMs);
  page.latitude = withNumber(page.latitude, row, event.latitude);
  page.longitude = withNumber(page.longitude, row, event.longitude);
};

const read = (page: Page, row: number): LoggedEvent => ({
  id: page.id[row] as number,
  at: page.at[row] as number,
  route: page.route[row] as number,
  outcome: page.outcome[row] as number,
  latencyMs: page.latencyMs[row] as number,
  value: page.value[row] as number,
  offer: page.offer[row] as number,
  device: page.device[row] as number,
  network: page.network[row] as number,
  key: page.key[row] as number,
  station: page.station[row] as number,
  asn: page.asn[row] as number,
  verdict: page.verdict[row] as number,
  x: page.x[row] as number,
  y: page.y[row] as number,
  holdMs: page.holdMs[row] as number,
  durationMs: page.durationMs[row] as number,
  latitude: page.latitude[row] as number,
  longitude: page.longitude[row] as number,
});

export const columns = (): Columns => {
  const pages: Page[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    append: (event) => {
      const row = length % pageRows;
      if (row === 0) pages.push(newPage());
      write(pages.at(-1) as Page, row, event);
      length += 1;
    },
    at: (row) => {
      if (!(row >= 0 && row < length)) throw new RangeError(`row ${row} of ${length}`);
      return read(pages[Math.floor(row / pageRows)] as Page, row % pageRows);
    },
  };
};
