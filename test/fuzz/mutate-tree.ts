import type { Chance } from '#test/faults/chance.ts';
import { longest, someBytes } from './mutate-bytes.ts';
import { type Node, nodesOf, treeOf, write } from './tree.ts';

/** Changes bytes within a structure as whatever they are themselves. */
export type MutateAny = (bytes: Buffer, chance: Chance, donor: Buffer) => Buffer;

interface Place {
  node: Node;
  parent?: Node;
  index: number;
}
interface Means {
  chance: Chance;
  donor: Buffer;
  any: MutateAny;
  root: Node;
}
type Change = (place: Place, means: Means) => void;

const empty = Buffer.alloc(0);
const clone = (node: Node): Node => ({ ...node, ...(node.kids && { kids: node.kids.map(clone) }) });

const aNumber = (chance: Chance): Buffer =>
  chance.pick([
    Buffer.of(0),
    Buffer.of(0x7f),
    Buffer.of(0x80),
    Buffer.of(0xff),
    Buffer.of(0, 0),
    Buffer.of(0, 0x80),
    Buffer.of(0xff, 0xff),
    Buffer.from('7fffffff', 'hex'),
    Buffer.from('0100000000', 'hex'),
    Buffer.from('001fffffffffffff', 'hex'),
    Buffer.from('0020000000000000', 'hex'),
    Buffer.alloc(1 + chance.below(600), 0x7f),
    empty,
  ]);

/** Lengths and counts that lie, in forms that are shortest and in others. */
const aHeader = ({ format, lead }: Node, chance: Chance): Buffer => {
  if (format === 'cbor') {
    const major = lead[0] as number;
    const forms = ['18', '1800', '1817', '190000', '1900ff', '1a00000000', '1a0000ffff', '1affffffff'];
    const bytes = Buffer.from(chance.pick([...forms, '1b0000000000000001', '1f', '1c', '05', '17']), 'hex');
    bytes[0] = major | (bytes[0] as number);
    return bytes;
  }
  const forms = ['00', '7f', '80', '8100', '817f', '8180', '820001', '82ffff', '830fffff', '84ffffffff'];
  return Buffer.concat([
    lead.length ? lead : Buffer.of(0x30),
    Buffer.from(chance.pick([...forms, '8400000001', 'ff']), 'hex'),
  ]);
};

const aLead = ({ format, lead }: Node, chance: Chance): Buffer => {
  if (format === 'cbor') return Buffer.of(chance.below(8) << 5);
  const tags = [
    '01',
    '02',
    '03',
    '04',
    '05',
    '06',
    '0a',
    '0c',
    '13',
    '17',
    '18',
    '30',
    '31',
    '24',
    'a0',
    'a1',
  ];
  const high = ['bf8540', 'bf853f', 'bf8545', 'bf8460', 'bf1e', 'bf8000', 'bf807f', 'bfffffff7f', '9f8540'];
  if (chance.happens(0.6) || lead.length === 0) return Buffer.from(chance.pick([...tags, ...high]), 'hex');
  const changed = Buffer.from(lead);
  changed[0] = (changed[0] as number) ^ chance.pick([0x20, 0x40, 0x80, 1, 2]);
  return changed;
};

const someNode = (donor: Buffer, chance: Chance, root: Node): Node => {
  const tree = chance.happens(0.5) ? treeOf(donor) : undefined;
  return clone(chance.pick(nodesOf(tree ?? root)).node);
};

const wrap = (node: Node): Node =>
  node.format === 'cbor'
    ? { format: 'cbor', lead: Buffer.of(0x80), kids: [node], bytes: empty }
    : { format: 'der', lead: Buffer.of(0x30), kids: [node], bytes: empty };

/** Within a list: dropped, doubled, moved, put in. */
const inList: Change[] = [
  ({ parent, index }) => parent?.kids?.splice(index, 1),
  ({ node, parent, index }) => parent?.kids?.splice(index, 0, clone(node)),
  // A member of a CBOR map with its key.
  ({ parent, index }) => parent?.kids?.splice(index - (index % 2), 2),
  ({ parent, index }) => {
    const pair = parent?.kids?.slice(index - (index % 2), index - (index % 2) + 2) ?? [];
    parent?.kids?.push(...pair.map(clone));
  },
  ({ parent, index }, { chance }) => {
    const [taken] = parent?.kids?.splice(index, 1) ?? [];
    if (taken) parent?.kids?.splice(chance.below(parent.kids.length + 1), 0, taken);
  },
  ({ parent }) => parent?.kids?.reverse(),
  ({ parent, index }, { chance, donor, root }) =>
    parent?.kids?.splice(index, chance.below(2), someNode(donor, chance, root)),
  ({ node, parent, index }, { chance }) => {
    const size = Math.max(1, write(node).length);
    const times = Math.min(chance.pick([3, 3, 20, 20, 2_000]), Math.floor(longest / size));
    parent?.kids?.splice(index, 0, ...Array.from({ length: times }, () => node));
  },
];

/** At one element: what it is, how long it says it is, what is in it. */
const atNode: Change[] = [
  ({ node }, { chance }) => {
    node.lead = aLead(node, chance);
  },
  ({ node }, { chance }) => {
    node.header = aHeader(node, chance);
  },
  ({ node }) => {
    node.indefinite = !node.indefinite;
  },
  ({ node }, { chance }) => {
    const shell = { ...node };
    let inner: Node = shell;
    for (let depth = chance.pick([1, 2, 7, 8, 9, 12, 300]); depth > 0; depth -= 1) inner = wrap(inner);
    for (const key of Object.keys(node)) delete (node as unknown as Record<string, unknown>)[key];
    Object.assign(node, inner);
  },
  ({ node, parent, index }) => {
    if (node.kids && parent?.kids) parent.kids.splice(index, 1, ...node.kids);
  },
  ({ node }, { chance }) => {
    if (node.argument !== undefined)
      node.argument = chance.pick([0, 1, 2, 3, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295]);
    else {
      delete node.kids;
      node.bytes = aNumber(chance);
    }
  },
  ({ node }, { chance, donor, any }) => {
    const bytes = node.kids ? Buffer.concat(node.kids.map(write)) : node.bytes;
    delete node.kids;
    node.bytes = any(bytes, chance, donor);
  },
  ({ node }, { chance }) => {
    delete node.kids;
    node.bytes = someBytes(chance, chance.pick([0, 1, 31, 32, 33, 64, 65, 300]));
  },
];

/** Changes one place of a structure and writes it again; nothing for bytes that are no structure. */
export const mutateTree = (
  bytes: Buffer,
  chance: Chance,
  donor: Buffer,
  any: MutateAny,
): Buffer | undefined => {
  const root = treeOf(bytes);
  if (!root) return undefined;
  const place = chance.pick(nodesOf(root));
  const means = { chance, donor, any, root };
  chance.pick(place.parent && chance.happens(0.5) ? inList : atNode)(place, means);
  return write(root).subarray(0, longest);
};
