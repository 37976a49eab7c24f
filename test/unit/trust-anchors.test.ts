import { describe, expect, it } from 'vitest';
import {
  pinsOf,
  type StageTrust,
  trustAnchors,
  UntrustedConfiguration,
} from '#core/attestation/trust-anchors.ts';
import { readStage } from '#lib/stage-config.ts';
import { androidPackage, androidSigningDigest, iosAppId } from '#phone/app-identity.ts';
import { testAnchors } from '#phone/test-anchors.ts';

const { play: _, ...anchors } = testAnchors;

describe('built-in roots', () => {
  it('are those that Apple and Google publish', () => {
    const { appAttestRoots, receiptRoots, keyAttestationPins } = trustAnchors({
      name: 'production',
      isProduction: true,
    });
    expect(appAttestRoots.map(pinsOf)).toEqual([
      {
        certificate: '1cb9823ba28ba6ad2d33a006941de2ae4f513ef1d4e831b9f7e0fa7b6242c932',
        key: '1ae751fd29896d0f1f13fe226c063f445d40d8938acc6245c251ecc0679330bd',
      },
    ]);
    expect(receiptRoots.map(pinsOf)).toEqual([
      {
        certificate: '63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179',
        key: '9b219d0fbff36a5fb32090571906bceea68617c833a3f61b81e962a8e64db8af',
      },
    ]);
    expect([...keyAttestationPins]).toEqual([
      'feb2ea7551ee316ed4bb443c8293b884dbfdea40b603ee3e4f4a897e4580fbae',
      '3ee44512a1af2beb39c889490c60ea3f82e43f5d5a5532f5ab9419f676cd07ec',
    ]);
  });
});

describe('a function does not start', () => {
  it.each<[string, StageTrust]>([
    ['test anchors in production', { name: 'production', isProduction: true, testAnchors: anchors }],
    ['test anchors in a stage for trying', { name: 'dev', isProduction: false, testAnchors: anchors }],
    [
      'test anchors in a production stage called local',
      { name: 'local', isProduction: true, testAnchors: anchors },
    ],
    [
      'development phones in production',
      {
        name: 'production',
        isProduction: true,
        ios: { environment: 'development', validationCategories: [4] },
      },
    ],
    [
      'TestFlight in production',
      {
        name: 'production',
        isProduction: true,
        ios: { environment: 'production', validationCategories: [2, 4] },
      },
    ],
  ])('with %s', (_, stage) => {
    expect(() => trustAnchors(stage)).toThrow(UntrustedConfiguration);
  });
});

describe('test anchors', () => {
  it('are those of the software phones in the local stage, and in no other', () => {
    const { devices } = readStage('local');
    expect(devices.testAnchors).toEqual(anchors);
    expect(devices.ios?.appIds).toEqual([iosAppId]);
    expect(devices.android).toMatchObject({
      packageName: androidPackage,
      signatureDigests: [androidSigningDigest],
    });
    for (const name of ['dev', 'production']) expect(readStage(name).devices.testAnchors).toBeUndefined();
  });
});
