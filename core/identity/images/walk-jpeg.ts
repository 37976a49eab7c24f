import { need, refuse } from '../../attestation/verdict.ts';
import { orientationOf } from './exif.ts';
import {
  type Frame,
  fewestDataBytes,
  markers,
  needHuffmanTables,
  needQuantisationTables,
  readFrame,
  readScan,
} from './jpeg-segments.ts';

/** What a JPEG consists of, between its first byte and its end. */
export interface JpegWalk {
  frame: Frame;
  orientation: number;
  /** Both say which colours the components are. */
  hasJfif: boolean;
  adobeTransform: number | undefined;
  /** Its own segments declare that other pictures follow it. */
  declaresMore: boolean;
  /** Tables, frame and scans, without markers that pixels do not need. */
  parts: readonly Buffer[];
  /** Where the byte after it lies. */
  end: number;
}

/** Phones write about ten scans; each costs a pass over all pixels. */
const mostScans = 100;
/** Each takes memory: millions of tiny ones fit into a file. */
const mostParts = 1_000;

export const segment = (code: number, body: Buffer): Buffer => {
  const head = Buffer.from([0xff, code, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
};

export const startsLikeJpeg = (bytes: Buffer, position: number) =>
  bytes[position] === 0xff && bytes[position + 1] === markers.start && bytes[position + 2] === 0xff;

/** After marker bytes that only fill (T.81 B.1.1.2). */
const afterFill = (bytes: Buffer, from: number): number => {
  let position = from;
  while (bytes[position] === 0xff) position += 1;
  return position;
};

/** Where the data of a scan end: at a marker that is neither a stuffed byte nor a restart. */
const scanEnd = (bytes: Buffer, from: number): number => {
  let position = from;
  for (;;) {
    const marker = bytes.indexOf(0xff, position);
    if (marker === -1) return refuse('damaged');
    position = afterFill(bytes, marker);
    const code = bytes[position] ?? 0xff;
    const isStuffed = code === 0 && position === marker + 1;
    const isRestart = code >= 0xd0 && code <= 0xd7;
    if (!isStuffed && !isRestart) return marker;
    position += 1;
  }
};

const says = (body: Buffer, text: string) => body.toString('latin1', 0, text.length) === text;

/**
 * Walks over the JPEG that starts at a position, from marker to marker (ITU-T T.81 annex B); its time grows with the
 * bytes alone. `needSize` sees the size as soon as it is read. Refuses what no reader of the services takes.
 */
export const walkJpeg = (
  bytes: Buffer,
  start: number,
  needSize: (width: number, height: number) => void = () => undefined,
): JpegWalk => {
  let frame: Frame | undefined;
  let orientation: number | undefined;
  let adobeTransform: number | undefined;
  let [hasJfif, declaresMore, scans, dataBytes] = [false, false, 0, 0];
  const parts: Buffer[] = [];
  const seen = new Set<unknown>();

  const readApplication = (code: number, body: Buffer) => {
    // Readers have fixed the colours when the first scan begins.
    if (scans > 0) return;
    if (code === markers.app0 && says(body, 'JFIF\0') && body.length >= 14) hasJfif = true;
    if (code === markers.app1 && says(body, 'Exif\0')) orientation ??= orientationOf(body.subarray(6));
    if (code === markers.app2 && says(body, 'MPF\0')) declaresMore = true;
    if (code === markers.app14 && says(body, 'Adobe') && body.length >= 12) adobeTransform = body[11];
  };

  need(startsLikeJpeg(bytes, start), 'not-jpeg-or-png');
  let position = start + 2;
  for (;;) {
    need(bytes[position] === 0xff, 'damaged');
    position = afterFill(bytes, position);
    const code = bytes[position];
    position += 1;
    if (code === undefined) return refuse('damaged');
    if (code === markers.end) break;
    need(position + 2 <= bytes.length, 'damaged');
    const length = bytes.readUInt16BE(position);
    need(length >= 2 && position + length <= bytes.length, 'damaged');
    const body = bytes.subarray(position + 2, position + length);
    position += length;
    if (code === markers.comment) continue;
    if (code >= markers.app0 && code <= markers.app15) {
      readApplication(code, body);
      continue;
    }
    need(parts.length < mostParts, 'damaged');
    switch (code) {
      case markers.baseline:
      case markers.extended:
      case markers.progressive:
        need(!frame, 'damaged');
        frame = readFrame(code, body);
        needSize(frame.width, frame.height);
        break;
      case markers.quantisationTables:
        needQuantisationTables(body);
        break;
      case markers.huffmanTables:
        needHuffmanTables(body);
        break;
      case markers.restartInterval:
        need(body.length === 2, 'damaged');
        break;
      case markers.scan: {
        need(frame && scans < mostScans, 'damaged');
        for (const component of readScan(body, frame)) seen.add(component);
        scans += 1;
        const end = scanEnd(bytes, position);
        const data = bytes.subarray(position, end);
        need(data.length > 0, 'damaged');
        dataBytes += data.length;
        parts.push(segment(code, body), data);
        position = end;
        continue;
      }
      default:
        // Lossless, hierarchical and arithmetic ones are JPEG by name alone.
        return refuse(code > markers.progressive && code <= 0xcf ? 'not-jpeg-or-png' : 'damaged');
    }
    parts.push(segment(code, body));
  }
  need(frame && seen.size === frame.components.length, 'damaged');
  need(dataBytes >= fewestDataBytes(frame), 'damaged');
  return {
    frame,
    orientation: orientation ?? 1,
    hasJfif,
    adobeTransform,
    declaresMore,
    parts,
    end: position,
  };
};
