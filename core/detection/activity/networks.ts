import { asns } from './logged-event.ts';

/**
 * Numbers of well-known networks (public registries of autonomous systems). Left out on purpose: networks through which
 * people's own privacy relays come (Cloudflare 13335, Fastly 54113, Akamai 36183), and carriers that sell fixed lines
 * and mobile ones under one number. A number that is not here is unknown, which is neither clean nor guilt.
 */
const hosting = [
  14618, // Amazon
  16509, // Amazon
  15169, // Google
  396982, // Google Cloud
  8075, // Microsoft
  14061, // DigitalOcean
  24940, // Hetzner
  213230, // Hetzner Cloud
  16276, // OVH
  20473, // Vultr
  63949, // Linode
  31898, // Oracle Cloud
  36351, // IBM Cloud
  45102, // Alibaba Cloud
  37963, // Alibaba Cloud, China
  132203, // Tencent Cloud
  45090, // Tencent Cloud, China
  136907, // Huawei Cloud
  51167, // Contabo
  40021, // Contabo, USA
  12876, // Scaleway
  60781, // LeaseWeb, Netherlands
  30633, // LeaseWeb, USA
  9009, // M247
  60068, // Datacamp
  212238, // Datacamp
  8100, // QuadraNet
  36352, // ColoCrossing
  53667, // FranTech
  197540, // netcup
  47583, // Hostinger
  33070, // Rackspace
];

const mobile = [
  21928, // T-Mobile USA
  20057, // AT&T Mobility
  6167, // Verizon Wireless
  22394, // Verizon Wireless
  10507, // Sprint PCS
  12576, // EE, United Kingdom
  25135, // Vodafone, United Kingdom
  35228, // O2, United Kingdom
  60339, // Three, United Kingdom
  206067, // Three, United Kingdom
  51207, // Free Mobile, France
  16232, // TIM, Italy
  24608, // Wind Tre, Italy
  31615, // T-Mobile, Netherlands
  44034, // Hi3G, Sweden
  55836, // Jio, India
  45609, // Airtel, India
  38266, // Vodafone, India
  9808, // China Mobile
  9605, // NTT DOCOMO, Japan
  23693, // Telkomsel, Indonesia
  131445, // AIS, Thailand
  28403, // Telcel, Mexico
  26615, // TIM, Brazil
  29465, // MTN, Nigeria
  29975, // Vodacom, South Africa
  133612, // Vodafone, Australia
];

const kinds = new Map<number, number>([
  ...hosting.map((number) => [number, asns.hosting] as const),
  ...mobile.map((number) => [number, asns.mobile] as const),
]);

const words: readonly (readonly [RegExp, number])[] = [
  // First: "mobile proxy" and "business VPN" are what their last word says.
  [/host|data.?cent|cloud|vpn|proxy|server|\bcolo(cation)?\b|\btor\b/, asns.hosting],
  [/mobile|cell|carrier|wireless|\b[345]g\b|\blte\b/, asns.mobile],
  [
    /resid|business|\bisp\b|broadband|home|fixed|cable|dsl|fib(er|re)|consumer|educat|office/,
    asns.residential,
  ],
];

const kindOfWord = (word: string): number =>
  words.find(([pattern]) => pattern.test(word))?.[1] ?? asns.unknown;

/** A producer names few networks, so what was told is looked up once: at most so many are remembered. */
const remembered = new Map<string, number>();
const mostRemembered = 4_096;

/** Kind of a network from its number (`16509`, `AS16509`, `16509 Amazon`) or a word for its kind. */
export const networkKind = (asn: string | number | null | undefined): number => {
  if (asn === null || asn === undefined) return asns.unknown;
  if (typeof asn === 'number') return kinds.get(asn) ?? asns.unknown;
  const known = remembered.get(asn);
  if (known !== undefined) return known;
  const number = /^\s*(?:asn?\s*)?(\d+)\b/i.exec(asn)?.[1];
  const kind =
    number === undefined ? kindOfWord(asn.toLowerCase()) : (kinds.get(Number(number)) ?? asns.unknown);
  if (remembered.size < mostRemembered) remembered.set(asn, kind);
  return kind;
};
