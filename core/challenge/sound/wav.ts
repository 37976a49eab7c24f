/** Samples in a second. Whatever plays WAV plays PCM of 8 kHz and 8 bits, and six seconds of it are 48 KB. */
export const sampleRate = 8_000;
const headerBytes = 44;

/** Mono PCM of 8 bits (unsigned) with nothing else in the file; `samples` from -1 to 1. */
export const wavOf = (samples: Float32Array): Buffer => {
  const wav = Buffer.alloc(headerBytes + samples.length);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate, 28);
  wav.writeUInt16LE(1, 32);
  wav.writeUInt16LE(8, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples.length, 40);
  const pcm = wav.subarray(headerBytes);
  for (let i = 0; i < samples.length; i++) pcm[i] = (128 + 127 * (samples[i] as number)) | 0;
  return wav;
};
