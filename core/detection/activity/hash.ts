/**
 * Hashes of names: fast and the same everywhere, not secret. They serve equality only; what must not be guessed is a
 * pseudonym before it comes here.
 */

/** Two multiplicative mixes over the UTF-16 units, finished as MurmurHash3 does; 32 bits each. */
let high = 0;
let low = 0;
const mix = (text: string): void => {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  high = b >>> 0;
  low = a >>> 0;
};

/** 53 bits: that any two of a million identifiers collide has a chance of 1 in 18,000. */
export const hashId = (text: string): number => {
  mix(text);
  return (high & 0x1f_ffff) * 0x1_0000_0000 + low;
};

/** 32 bits, never 0: that is the absent name. */
export const hashName = (text: string | null | undefined): number => {
  if (text === null || text === undefined || text === '') return 0;
  mix(text);
  return low === 0 ? 1 : low;
};
