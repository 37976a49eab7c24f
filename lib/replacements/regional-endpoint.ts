/**
 * Takes the place of the SDK's rules for endpoints. These functions call one region of their own, without dual
 * stack, FIPS or account endpoints, or the address that the environment gives.
 */
export const regionalEndpoint = (service: string) => {
  const known = new Map<string, { url: URL }>();
  return ({ Region = '', Endpoint }: { Region?: string; Endpoint?: string | URL }) => {
    const suffix = Region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    const address = String(Endpoint ?? `https://${service}.${Region}.${suffix}`);
    const endpoint = known.get(address) ?? { url: new URL(address) };
    known.set(address, endpoint);
    return endpoint;
  };
};
