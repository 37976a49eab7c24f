/** The samples of a WAV of one channel and 8 bits, from -1 to 1, found by its chunks. */
export const samplesOf = (audio: string): { rate: number; samples: Float32Array } => {
  const wav = Buffer.from(audio, 'base64');
  let rate = 0;
  for (let at = 12; at + 8 <= wav.length; ) {
    const name = wav.toString('latin1', at, at + 4);
    const size = wav.readUInt32LE(at + 4);
    if (name === 'fmt ') rate = wav.readUInt32LE(at + 12);
    if (name === 'data')
      return {
        rate,
        samples: Float32Array.from(wav.subarray(at + 8, at + 8 + size), (v) => (v - 128) / 127),
      };
    at += 8 + size + (size % 2);
  }
  throw new Error('no data chunk');
};

export const frameMs = 20;
export const bands = 26;
const window = 256;
const hann = Float64Array.from(
  { length: window },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window),
);
const cosines = Float64Array.from({ length: window }, (_, i) => Math.cos((2 * Math.PI * i) / window));
const sines = Float64Array.from({ length: window }, (_, i) => Math.sin((2 * Math.PI * i) / window));
const mirrored = Uint8Array.from({ length: window }, (_, i) => {
  let bits = 0;
  for (let bit = 0; bit < 8; bit++) if (i & (1 << bit)) bits |= 128 >> bit;
  return bits;
});
const re = new Float64Array(window);
const im = new Float64Array(window);

/** Fourier transform of a window of the samples into `re` and `im`. */
const transform = (samples: Float32Array, from: number): void => {
  for (let i = 0; i < window; i++) {
    re[mirrored[i] as number] = (samples[from + i] as number) * (hann[i] as number);
    im[i] = 0;
  }
  for (let half = 1; half < window; half *= 2)
    for (let k = 0; k < half; k++) {
      const c = cosines[(k * window) / (2 * half)] as number;
      const s = -(sines[(k * window) / (2 * half)] as number);
      for (let p = k; p < window; p += 2 * half) {
        const q = p + half;
        const x = (re[q] as number) * c - (im[q] as number) * s;
        const y = (re[q] as number) * s + (im[q] as number) * c;
        re[q] = (re[p] as number) - x;
        im[q] = (im[p] as number) - y;
        re[p] = (re[p] as number) + x;
        im[p] = (im[p] as number) + y;
      }
    }
};

const mel = (hz: number) => 2_595 * Math.log10(1 + hz / 700);

/** Log-mel spectrum: one row of `bands` for every `frameMs`, in nepers. */
export const logMelOf = (samples: Float32Array, rate: number): Float32Array[] => {
  const edges = Array.from({ length: bands + 2 }, (_, i) => {
    const at = mel(100) + ((mel(3_900) - mel(100)) * i) / (bands + 1);
    return ((700 * (10 ** (at / 2_595) - 1)) / rate) * window;
  });
  const hop = (rate * frameMs) / 1_000;
  const rows: Float32Array[] = [];
  for (let from = 0; from + window <= samples.length; from += hop) {
    transform(samples, from);
    const row = new Float32Array(bands);
    for (let band = 0; band < bands; band++) {
      const low = edges[band] as number;
      const middle = edges[band + 1] as number;
      const high = edges[band + 2] as number;
      let sum = 1e-3;
      for (let k = Math.ceil(low); k < high; k++) {
        const share = k < middle ? (k - low) / (middle - low) : (high - k) / (high - middle);
        sum += share * ((re[k] as number) ** 2 + (im[k] as number) ** 2);
      }
      row[band] = Math.log(sum) / 2;
    }
    rows.push(row);
  }
  return rows;
};

/** How much each row beats like an engine, 20 to 40 times in a second: how alike the loudness is a beat later. */
export const beatOf = (samples: Float32Array, rate: number, rows: number): Float64Array => {
  const step = rate / 250;
  const loudness = new Float64Array(Math.floor(samples.length / step));
  let [low, lower] = [0, 0];
  for (let i = 0; i < loudness.length * step; i++) {
    low += 0.45 * ((samples[i] as number) - low);
    lower += 0.08 * ((samples[i] as number) - lower);
    const at = Math.floor(i / step);
    loudness[at] = (loudness[at] as number) + Math.abs(low - lower) / step;
  }
  const logs = loudness.map((value) => Math.log(value + 1e-3));
  const span = 100;
  return Float64Array.from({ length: rows }, (_, row) => {
    const middle = Math.round((row * frameMs + 16) / 4);
    const from = Math.max(0, Math.min(logs.length - span - 13, middle - span / 2));
    const part = logs.subarray(from, from + span + 13);
    const mean = part.subarray(0, span).reduce((sum, value) => sum + value, 0) / span;
    const likeness = (lag: number) => {
      let [sum, power] = [0, 1e-6];
      for (let i = 0; i < span; i++) {
        sum += ((part[i] as number) - mean) * ((part[i + lag] as number) - mean);
        power += ((part[i] as number) - mean) ** 2;
      }
      return sum / power;
    };
    return Math.max(...[6, 7, 8, 9, 10, 11, 12].map(likeness)) - Math.min(...[3, 4, 5, 6].map(likeness));
  });
};
