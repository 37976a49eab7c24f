import { describe, expect, it } from 'vitest';
import { androidPackage, androidSigningDigest } from '#phone/app-identity.ts';
import { boolean, enumerated, integer, nothing, octets, sequence, set, tagged, tlv } from '#phone/der.ts';
import { aKeyDescription, writeKeyDescription } from '#phone/key-description.ts';
import type { AndroidOptions } from '#phone/software-android.ts';
import { challenge, now, verdictOn } from '#test/support/attested-phone.ts';

/** A description whose bytes are changed after it was written well. */
const describing = (change: (description: Buffer) => Uint8Array): AndroidOptions => ({
  description: change(writeKeyDescription(aKeyDescription(now), challenge)),
});

const replaced = (from: Uint8Array, to: Uint8Array) =>
  describing((description) => {
    const at = description.indexOf(from);
    expect(at).toBeGreaterThan(0);
    return Buffer.concat([description.subarray(0, at), to, description.subarray(at + from.length)]);
  });

/** The hardware's list, and Android's, with a part of theirs changed. */
const listsOf = (hardware: readonly Buffer[], software: readonly Buffer[] = []) =>
  sequence(
    integer(400),
    enumerated(1),
    integer(400),
    enumerated(1),
    octets(challenge),
    octets(Buffer.alloc(0)),
    sequence(...appOf(), ...software),
    sequence(...hardware),
  );

const appOf = () => [
  tagged(
    709,
    octets(
      sequence(
        set(sequence(octets(Buffer.from(androidPackage)), integer(412))),
        set(octets(Buffer.from(androidSigningDigest, 'hex'))),
      ),
    ),
  ),
];

const fields = {
  purpose: tagged(1, set(integer(2))),
  algorithm: tagged(2, integer(3)),
  digest: tagged(5, set(integer(4))),
  curve: tagged(10, integer(1)),
  origin: tagged(702, integer(0)),
  rootOfTrust: tagged(
    704,
    sequence(octets(Buffer.alloc(32, 1)), boolean(true), enumerated(0), octets(Buffer.alloc(32, 2))),
  ),
  patchLevel: tagged(706, integer(202_610)),
};

const withRoot = (...parts: readonly Buffer[]): AndroidOptions => ({
  description: listsOf(Object.values({ ...fields, rootOfTrust: tagged(704, sequence(...parts)) })),
});

describe('the description of a key', () => {
  it.each<[string, AndroidOptions]>([
    ['with the fewest fields', { description: listsOf(Object.values(fields)) }],
    ['with tags in another order', { description: listsOf(Object.values(fields).reverse()) }],
    ['with a tag that nobody knows', { moreHardware: [tagged(799, octets(Buffer.from('new')))] }],
    ['with a tag of three bytes', { moreHardware: [tagged(20_000, integer(7))] }],
  ])('is read %s', (_, options) => {
    expect(verdictOn(options)).toBe('verified');
  });

  it.each(['purpose', 'algorithm', 'curve', 'origin', 'rootOfTrust'] as const)(
    'is refused when Android, not the hardware, says its %s',
    (name) => {
      const { [name]: moved, ...rest } = fields;
      expect(verdictOn({ description: listsOf(Object.values(rest), [moved]) })).toMatch(/^refused: /);
    },
  );

  it('is refused when the hardware, not Android, names the app', () => {
    const inHardware = [...Object.values(fields), ...appOf()];
    const description = Buffer.from(listsOf(inHardware));
    const empty = sequence(
      integer(400),
      enumerated(1),
      integer(400),
      enumerated(1),
      octets(challenge),
      octets(Buffer.alloc(0)),
      sequence(),
      sequence(...inHardware),
    );
    expect(verdictOn({ description })).toBe('verified');
    expect(verdictOn({ description: empty })).toBe('refused: application-missing');
  });

  const key = octets(Buffer.alloc(32, 1));
  it.each<[string, AndroidOptions]>([
    ['bytes behind it', describing((description) => Buffer.concat([description, Buffer.of(0)]))],
    ['a ninth element', { more: [boolean(true)] }],
    ['a tag twice', { moreHardware: [tagged(706, integer(202_610))] }],
    ['an unknown tag twice', { moreHardware: [tagged(799, nothing()), tagged(799, nothing())] }],
    ['a tag twice in Android’s list', { moreSoftware: appOf() }],
    ['a tag without a value', { moreHardware: [tagged(799)] }],
    ['a tag with two values', { moreHardware: [tagged(799, nothing(), nothing())] }],
    ['an element without a tag', { moreHardware: [integer(1)] }],
    ['a primitive tag', { moreHardware: [Buffer.of(0x9f, 0x86, 0x1f, 0)] }],
    ['a low tag written long', { moreHardware: [Buffer.of(0xbf, 0x05, 0x02, 0x05, 0x00)] }],
    ['a tag with leading zeros', { moreHardware: [Buffer.of(0xbf, 0x80, 0x86, 0x1f, 0x02, 0x05, 0x00)] }],
    ['a tag without end', { moreHardware: [Buffer.alloc(12, 0xff)] }],
    ['a length written long', replaced(tagged(2, integer(3)), Buffer.of(0xa2, 0x81, 0x03, 0x02, 0x01, 0x03))],
    ['an indefinite length', replaced(tagged(2, integer(3)), Buffer.of(0xa2, 0x80, 0x02, 0x01, 0x03, 0, 0))],
    [
      'an INTEGER written long',
      replaced(tagged(2, integer(3)), Buffer.of(0xa2, 0x04, 0x02, 0x02, 0x00, 0x03)),
    ],
    ['a long INTEGER where nobody looks', { moreHardware: [tagged(505, Buffer.of(0x02, 0x02, 0x00, 0x03))] }],
    ['a NULL with content', { moreHardware: [tagged(509, tlv(0x05, Buffer.of(1)))] }],
    ['a BOOLEAN of 01', { locked: 1 }],
    ['a number in place of the lock', withRoot(key, integer(1), enumerated(0), key)],
    ['an INTEGER in place of the boot state', withRoot(key, boolean(true), integer(0), key)],
    ['a boot state of Android to come', withRoot(key, boolean(true), enumerated(4), key)],
    ['a root of trust without a boot hash', withRoot(key, boolean(true), enumerated(0))],
    ['a root of trust with five elements', withRoot(key, boolean(true), enumerated(0), key, key)],
    ['an empty root of trust', withRoot()],
    [
      'a nest of sequences',
      {
        moreHardware: [
          tagged(
            799,
            [...Array(3_000)].reduce<Buffer>((inner) => sequence(inner), nothing()),
          ),
        ],
      },
    ],
  ])('is refused with %s', (_, options) => {
    expect(verdictOn(options)).toMatch(/^refused: (der-malformed|chain-length)$/);
  });
});
