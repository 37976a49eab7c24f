import { type Authority, googleName, nameOf } from './certificate.ts';
import { testKey } from './test-keys.ts';

/** TEST ONLY, as every name here says: production stages refuse to start with any of these. */
export const rootNames = {
  appAttest: nameOf([
    ['CN', 'TEST ONLY App Attestation Root CA'],
    ['O', 'TEST ONLY'],
    ['ST', 'Nowhere'],
  ]),
  receipt: nameOf([
    ['CN', 'TEST ONLY Root CA - G3'],
    ['OU', 'TEST ONLY Certification Authority'],
    ['O', 'TEST ONLY'],
    ['C', 'US'],
  ]),
  keyAttestation: googleName(
    ['CN', 'TEST ONLY Key Attestation CA1'],
    ['OU', 'Android'],
    ['O', 'TEST ONLY'],
    ['C', 'US'],
  ),
};
export type RootName = keyof typeof rootNames;

export const rootKeys = {
  appAttest: () => testKey('TEST ONLY Evenfield App Attest root', 'P-384'),
  receipt: () => testKey('TEST ONLY Evenfield App Attest receipt root', 'P-384'),
  keyAttestation: () => testKey('TEST ONLY Evenfield key attestation root', 'P-384'),
};

/**
 * The certificates, base64 DER. ECDSA signatures differ every time, so they were made once, each by its own key above,
 * from 2020 to 2045.
 */
export const rootCertificates: Readonly<Record<RootName, string>> = {
  appAttest: [
    'MIICGDCCAZ+gAwIBAgIIflcAAAAAAAEwCgYIKoZIzj0EAwMwUjEqMCgGA1UEAwwhVEVTVCBPTkxZIEFwcCBBdHRlc3RhdGlvbiBS',
    'b290IENBMRIwEAYDVQQKDAlURVNUIE9OTFkxEDAOBgNVBAgMB05vd2hlcmUwHhcNMjAwMTAxMDAwMDAwWhcNNDUwMTAxMDAwMDAw',
    'WjBSMSowKAYDVQQDDCFURVNUIE9OTFkgQXBwIEF0dGVzdGF0aW9uIFJvb3QgQ0ExEjAQBgNVBAoMCVRFU1QgT05MWTEQMA4GA1UE',
    'CAwHTm93aGVyZTB2MBAGByqGSM49AgEGBSuBBAAiA2IABAG0a0Yt/2fEeejNh39MIXp976CkMM6gP1M7ykEpLAj+c1odQ3vi+X+d',
    '6yfxwRwDjAFKnXjFlIgDcXAmXAYsH42RXQvJe4QQyiLu/ci/81POf6dEKVyq6MPS88vLKYBzeqNCMEAwDwYDVR0TAQH/BAUwAwEB',
    '/zAdBgNVHQ4EFgQUaS3BcbnUgTxNEG4KWo4xiCvNplkwDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49BAMDA2cAMGQCMGNrxLkHx8/c',
    'yhanI0+iFW+8Q0giMq89f+12TgUXuxXGjOt6jNc0uVO48ZTRkzS5CQIwBDrL8dSYx1x4xyke0FiAKnESC8VHooI6XhYl+r9HQeVZ',
    'R+teqy4LDwZQ7o3UltHE',
  ].join(''),
  receipt: [
    'MIICUDCCAdegAwIBAgIIflcAAAAAAAEwCgYIKoZIzj0EAwMwbjEfMB0GA1UEAwwWVEVTVCBPTkxZIFJvb3QgQ0EgLSBHMzEqMCgG',
    'A1UECwwhVEVTVCBPTkxZIENlcnRpZmljYXRpb24gQXV0aG9yaXR5MRIwEAYDVQQKDAlURVNUIE9OTFkxCzAJBgNVBAYMAlVTMB4X',
    'DTIwMDEwMTAwMDAwMFoXDTQ1MDEwMTAwMDAwMFowbjEfMB0GA1UEAwwWVEVTVCBPTkxZIFJvb3QgQ0EgLSBHMzEqMCgGA1UECwwh',
    'VEVTVCBPTkxZIENlcnRpZmljYXRpb24gQXV0aG9yaXR5MRIwEAYDVQQKDAlURVNUIE9OTFkxCzAJBgNVBAYMAlVTMHYwEAYHKoZI',
    'zj0CAQYFK4EEACIDYgAEMfzADWqzKfk8EjdGA5Ho5oEfKAFms0F2c3lXSPpZM1q6RZ5nl5S33uwVAiak0aXm5XWJ7ldeYrOgCqMR',
    'usxTOTxt5+YDZhm0rcw2BdOjXuRIBsIQmVxU2z4Lnk8lw+oRo0IwQDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBQ9MMukQkA4',
    'LSe0shQDcuWY5XuoJzAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwMDZwAwZAIwF9csyRBQhuLkwCay/ccUYlB0kL1OrDzCzy+7',
    'a+BO7WV9a8rRLpNBU6pezqZFzQTrAjBeITpp19XSDVWxFDo8AxBvgOTmBDC3har7YxTVbQjqLl+DzL6NnxPbQxFUtq52I6k=',
  ].join(''),
  keyAttestation: [
    'MIICKjCCAbGgAwIBAgIIflcAAAAAAAEwCgYIKoZIzj0EAwMwWzEmMCQGA1UEAxMdVEVTVCBPTkxZIEtleSBBdHRlc3RhdGlvbiBD',
    'QTExEDAOBgNVBAsTB0FuZHJvaWQxEjAQBgNVBAoTCVRFU1QgT05MWTELMAkGA1UEBhMCVVMwHhcNMjAwMTAxMDAwMDAwWhcNNDUw',
    'MTAxMDAwMDAwWjBbMSYwJAYDVQQDEx1URVNUIE9OTFkgS2V5IEF0dGVzdGF0aW9uIENBMTEQMA4GA1UECxMHQW5kcm9pZDESMBAG',
    'A1UEChMJVEVTVCBPTkxZMQswCQYDVQQGEwJVUzB2MBAGByqGSM49AgEGBSuBBAAiA2IABIgb00WyB1FJ6h5AiqZm+vFLbGscr9ue',
    'zda8jHBDaHvCpunLi62W/CsGOGdlOn4XoduFfcdnCCbihy5JL7+D5HMjdIPTKo8b+GdqK6FQ+2aioXfdkThECh21ylBFjvJLKKNC',
    'MEAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUsD4i7nPlnSVkgCnZzUExHp5gaxMwDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49',
    'BAMDA2cAMGQCMHh5IL8y/FsRzzyL1twHjssKbZvWrbZoFlj/xrfmNlpNbRRWJpffcVxcxXB4ZID8FAIwEFHFiNzJf3+aLx0SQrvy',
    '1HaFqfAt+YU6XsPEdsmGtbc36/CCVdZ6aMiCrVTBK/SJ',
  ].join(''),
};

export const rootAuthority = (root: RootName): Authority => ({
  name: rootNames[root],
  key: rootKeys[root](),
  chain: [Buffer.from(rootCertificates[root], 'base64')],
});
