/** In dots. */
export const glyphWidth = 5;
export const glyphHeight = 7;

/** A byte for each row from the top, whose lowest five bits are its dots. */
const glyphs: Record<string, string> = {
  ' ': '00000000000000',
  A: '0e11111f111111',
  B: '1e11111e11111e',
  C: '0f10101010100f',
  D: '1e11111111111e',
  E: '1f10101e10101f',
  F: '1f10101e101010',
  G: '0f10101711110f',
  H: '1111111f111111',
  I: '0e04040404040e',
  J: '0101010101110e',
  K: '11121418141211',
  L: '1010101010101f',
  M: '111b1515111111',
  N: '11191915131311',
  O: '0e11111111110e',
  P: '1e11111e101010',
  Q: '0e11111115120d',
  R: '1e11111e141211',
  S: '0f10100e01011e',
  T: '1f040404040404',
  U: '1111111111110e',
  V: '11111111110a04',
  W: '11111115151b11',
  X: '11110a040a1111',
  Y: '11110a04040404',
  Z: '1f01020408101f',
  '0': '0e11131519110e',
  '1': '040c040404040e',
  '2': '0e11010608101f',
  '3': '1e01010e01011e',
  '4': '02060a121f0202',
  '5': '1f101e0101110e',
  '6': '0608101e11110e',
  '7': '1f010204080808',
  '8': '0e11110e11110e',
  '9': '0e11110f01020c',
  '-': '0000001f000000',
  _: '0000000000001f',
  '.': '00000000000c0c',
  ':': '000c0c000c0c00',
  '/': '01010204081010',
  '@': '0e11171516100e',
  '+': '0004041f040400',
  '#': '0a0a1f0a1f0a0a',
  '?': '0e110102040004',
};

/**
 * The rows of a character; letters are capitals, and what the font lacks is a question mark. Of our own, because a
 * function that runs in the cloud has no fonts, and a watermark needs no others.
 */
export const glyphOf = (character: string): Buffer =>
  Buffer.from(glyphs[character.toUpperCase()] ?? (glyphs['?'] as string), 'hex');
