/**
 * Takes the place of the SDK's rules for endpoints. These functions call one region of their own, without dual
 * stack, FIPS or account endpoints, or the address that the environment gives.
 */
export const regionalEndpoint =
  (service: string) =>
  ({ Region = '', Endpoint }: { Region?: string; Endpoint?: string | URL }) => {
    const suffix = Region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    return { url: new URL(Endpoint ?? `https://${service}.${Region}.${suffix}`) };
  };
