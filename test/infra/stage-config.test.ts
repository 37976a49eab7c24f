import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InvalidStage, parseStage, readStage } from '#lib/stage-config.ts';
import { policies } from '#test/support/provider-stand-ins.ts';

const production = readStage('production');

const refusal = (change: Record<string, unknown>): string => {
  try {
    parseStage('stage.json', { ...production, ...change });
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidStage);
    return (error as Error).message;
  }
  throw new Error('the stage was accepted');
};

describe('a production stage', () => {
  it.each([
    [{ attestation: { mode: 'off', cohorts: [] } }, 'stage.json: attestation: production refuses "off"'],
    [
      { attestation: { mode: 'measure', cohorts: [{ name: 'pilot', percent: 10, mode: 'off' }] } },
      'stage.json: attestation: production refuses "off"',
    ],
    [
      { devices: { ...production.devices, testAnchors: readStage('local').devices.testAnchors } },
      'stage.json: devices: test anchors belong to the local stage; devices: production refuses test anchors',
    ],
    [
      {
        name: 'local',
        devices: { ...production.devices, testAnchors: readStage('local').devices.testAnchors },
      },
      'stage.json: devices: production refuses test anchors',
    ],
    [
      { devices: { ...production.devices, ios: { ...production.devices.ios, environment: 'development' } } },
      'stage.json: devices: production refuses development phones',
    ],
    [
      {
        devices: { ...production.devices, ios: { ...production.devices.ios, validationCategories: [2, 4] } },
      },
      'stage.json: devices: production takes apps of the App Store only, validation category 4',
    ],
    [
      {
        devices: {
          ...production.devices,
          enrolment: { ...production.devices.enrolment, coolingOffHours: 23 },
        },
      },
      'stage.json: devices: production waits at least 24 hours after a change of phones',
    ],
    [{ removalPolicy: 'destroy' }, 'stage.json: removalPolicy: production refuses "destroy"'],
    [
      { mailFrom: undefined },
      'stage.json: mailFrom: production needs a sender: drivers are told about every phone',
    ],
    [
      { attestation: { mode: 'enforce', cohorts: [] } },
      'stage.json: devices: "enforce" needs the digest of the certificate that signs your app',
    ],
    [
      {
        attestation: { mode: 'measure', cohorts: [{ name: 'pilot', percent: 1, mode: 'enforce' }] },
        devices: { enrolment: production.devices.enrolment },
      },
      'stage.json: devices: "enforce" needs phones that can be verified',
    ],
    [
      { identity: { ...production.identity, processor: 'local-open-model' } },
      'stage.json: identity: the engine for development is not for production',
    ],
    [
      {
        identity: {
          ...production.identity,
          liveness: { ...production.identity.liveness, component: 'local' },
        },
      },
      'stage.json: identity: the engine for development is not for production',
    ],
    [{ alarmEmail: undefined }, 'stage.json: alarmEmail: production needs somebody to tell'],
    [
      { domain: undefined },
      'stage.json: domain: production needs one, else "openEndpoint": true (docs/deploy.md)',
    ],
    [{ tls: false }, 'stage.json: tls: only the local stage may go without'],
    [{ tls: false, name: 'local' }, 'stage.json: tls: only the local stage may go without'],
  ])('refuses %o', (change, message) => {
    expect(refusal(change)).toBe(message);
  });

  it('goes without a domain when it says so', () => {
    const { domain, ...without } = production;
    expect(parseStage('stage.json', { ...without, openEndpoint: true }).domain).toBeUndefined();
  });
});

describe('a stage config', () => {
  it('leaves room for a change of phones beside renewals', () => {
    const { devices } = production;
    const enrolment = { ...devices.enrolment, attestationLifetimeDays: 7 };
    expect(refusal({ devices: { ...devices, enrolment } })).toBe(
      'stage.json: devices: maxChanges 5 is used up by renewals of 7 days',
    );
  });

  it('is accepted as it stands in the repository', () => {
    for (const file of readdirSync(new URL('../../lib/stages', import.meta.url)))
      expect(readStage(file.replace('.json', '')).name).toBe(file.replace('.json', ''));
  });

  it('refuses a key that it does not know', () => {
    expect(refusal({ regoin: 'us-west-2' })).toBe('stage.json: Unrecognized key: "regoin"');
  });

  it('names every fault in one line', () => {
    const message = refusal({ region: 'Seattle', maxWeeklyMinutes: -1, stations: [] });
    expect(message).toMatch(/^stage\.json: .*region.*; .*maxWeeklyMinutes.*; .*stations/);
    expect(message).not.toContain('\n');
  });

  it.each([
    [{ waf: { enabled: false, botControl: true } }, 'waf: bot control needs the firewall enabled'],
    [{ openEndpoint: true }, 'openEndpoint: a domain shuts the endpoint'],
    [{ secrets: { offerKey: 0, edge: 1 } }, 'secrets.offerKey: '],
    [{ logRetentionDays: 8 }, 'logRetentionDays: expected a retention that CloudWatch Logs offers'],
    [
      { stations: [{ ...production.stations[0], timeZone: 'Seattle' }] },
      'stations.0.timeZone: expected an IANA time zone',
    ],
    [
      { stations: [{ ...production.stations[0], jurisdiction: 'us-wa-seattle' }] },
      'stations.0.jurisdiction: there is no profile "us-wa-seattle"; there are default, EU, US-SEA, US-IL, US-CO',
    ],
    [
      { stations: [{ ...production.stations[0], jurisdiction: 'US-NYC' }] },
      'stations.0.jurisdiction: the profile "US-NYC" is a draft: nobody may be judged by it before counsel',
    ],
  ])('refuses %o', (change, message) => {
    expect(refusal(change)).toContain(message);
  });

  it.each([
    [{ bands: { passAt: 90, unsureAt: 99 } }, 'identity: unsureAt must not be above passAt'],
    [
      { schedule: { ...production.identity.schedule, mostPerDay: 3, mostPerWeek: 2 } },
      'identity: a week cannot have fewer askings than a day',
    ],
    [
      { liveness: { ...production.identity.liveness, component: 'none' } },
      'identity: a first photo that needs the liveness component needs the component',
    ],
    [{ retention: { referenceDays: 365, selfieHours: 73 } }, 'identity.retention.selfieHours: '],
    [{ gate: { ...production.identity.gate, age: 18 } }, 'identity.gate: Unrecognized key: "age"'],
  ])('refuses to check faces by %o', (change, message) => {
    expect(refusal({ identity: { ...production.identity, ...change } })).toContain(`stage.json: ${message}`);
  });

  it('lets a name accept that images may be learnt from, and no less than a name and a day', () => {
    const signed = (trainingOverride: object) => ({
      identity: { ...production.identity, trainingOverride },
    });
    const accepted = signed({ signedBy: 'R. Okafor, data protection', signedOn: '2026-11-20' });
    expect(parseStage('stage.json', { ...production, ...accepted }).identity.trainingOverride).toBeDefined();
    expect(refusal(signed({ signedBy: 'R. Okafor, data protection' }))).toContain(
      'trainingOverride.signedOn',
    );
    expect(refusal(signed({ signedBy: '', signedOn: '2026-11-20' }))).toContain('trainingOverride.signedBy');
  });

  it('keeps 20 stations within the environment of functions', () => {
    const stations = (name: string) =>
      Array.from({ length: 20 }, (_, index) => ({
        ...production.stations[0],
        stationId: `DSE${index}`,
        name,
      }));
    const long = stations('大阪市中央区北浜東配送センター第二倉庫西側搬入口前'.padEnd(40, '駅'));
    expect(refusal({ stations: long })).toMatch(
      /^stage\.json: stations: \d+ bytes, and functions have room for 1920: shorten the names$/,
    );
    const latin = stations('Seattle Georgetown');
    expect(parseStage('stage.json', { ...production, stations: latin }).stations).toHaveLength(20);
  });

  it('closes a draw within one period of its beacon, so that nobody can choose the round', () => {
    const draws = { ...production.sharing.draws, sealMilliseconds: 3_001 };
    expect(refusal({ sharing: { ...production.sharing, draws } })).toMatch(/within one period of the beacon/);
  });

  it('draws with a beacon whose key nobody has', () => {
    const { sharing } = production;
    const { beacon } = readStage('local').sharing.draws;
    const change = { sharing: { ...sharing, draws: { ...sharing.draws, beacon, sealMilliseconds: 400 } } };
    const said = 'stage.json: sharing: everybody has the key of the local beacon: name a public one';
    expect(refusal(change)).toBe(said);
    expect(refusal({ ...change, name: 'local' })).toBe(said);
  });

  it('shares out all of a station’s blocks', () => {
    const [station] = production.stations;
    const stations = [{ ...station, shares: { draw: 60, reserved: 10, gated: 0, direct: 20 } }];
    expect(refusal({ stations })).toBe(
      'stage.json: stations.0.shares: expected shares that make 100 percent together',
    );
  });

  it('asks where drivers are only where it knows where its stations are', () => {
    const sharing = { ...production.sharing, instant: { withinMinutes: 60, kilometers: 40 } };
    const asking = production.stations.map((station) => ({ ...station, asksPosition: true }));
    const told =
      'stage.json: stations: asking where a driver is needs the position of the station, and `sharing.instant`';
    expect(refusal({ sharing, stations: asking })).toBe(told);
    const position = { latitude: 47.5475, longitude: -122.3216, radiusMeters: 2_000 };
    const stations = asking.map((station) => ({ ...station, position }));
    expect(refusal({ stations })).toBe(told);
    expect(parseStage('stage.json', { ...production, sharing, stations }).sharing.instant).toBeDefined();
  });

  it('takes tasks from AWS WAF where there is a firewall', () => {
    const challenge = { ...production.challenge, provider: policies.awsWaf };
    expect(parseStage('stage.json', { ...production, challenge }).challenge.provider.name).toBe('aws-waf');
    expect(refusal({ challenge, waf: { enabled: false, botControl: false } })).toBe(
      'stage.json: challenge: the provider aws-waf needs the firewall enabled',
    );
  });

  it('of an unknown stage is one line too', () => {
    expect(() => readStage('moon')).toThrow(new InvalidStage('lib/stages/moon.json: there is no such stage'));
  });
});
