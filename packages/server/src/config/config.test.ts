import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

describe('TUTTI_SIP_TRUNK', () => {
  test.each([
    ['trunk.example.com', 'sip:trunk.example.com'],
    ['sip:trunk:5080', 'sip:trunk:5080'],
    ['SIP:10.0.0.1:65535;transport=TCP', 'SIP:10.0.0.1:65535;transport=TCP'],
    ['sips:trunk', 'sips:trunk'],
    ['sip:trunk;transport=tls', 'sip:trunk;transport=tls'],
    ['sip:[2001:db8::1]:5060', 'sip:[2001:db8::1]:5060'],
  ])('%s is taken as the gateway %s', (TUTTI_SIP_TRUNK, uri) => {
    expect(readConfig({ TUTTI_SIP_TRUNK })).toMatchObject({
      ok: true,
      value: { trunk: { gateways: [{ uri }] } },
    });
  });

  test.each([
    'sip:trunk:65536',
    'sip:trunk:0',
    'sip:trunk:99999999',
    'sip:trunk:',
    'sip:',
    'sip:us@trunk',
    'sip:a,b@c',
    'sip:a;priority=65536',
    'sip:a;weight=0',
    'sip:a;prio=1',
    'sip:a,,sip:b',
    'sip:a>b',
    'sip:-',
    'sip:2001:db8::1',
    'sip:trunk;transport=ws',
    'https://trunk',
  ])('%s is refused, telling what is expected', (TUTTI_SIP_TRUNK) => {
    expect(readConfig({ TUTTI_SIP_TRUNK })).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^TUTTI_SIP_TRUNK=.*: expected sip:host:port/)],
    });
  });

  test('lists gateways in their order, unless they say their priority', () => {
    const read = readConfig({
      TUTTI_SIP_TRUNK:
        'one.example, sip:two.example;transport=tcp;weight=30, three.example;priority=0',
    });

    expect(read).toMatchObject({
      value: {
        trunk: {
          gateways: [
            { uri: 'sip:one.example', priority: 1, weight: 10 },
            { uri: 'sip:two.example;transport=tcp', priority: 2, weight: 30 },
            { uri: 'sip:three.example', priority: 0, weight: 10 },
          ],
        },
      },
    });
  });

  test('gives a gateway credentials of its own, and shows no password', () => {
    const read = readConfig({
      TUTTI_SIP_TRUNK: 'sip:us:p%40ss@one.example,two.example',
      TUTTI_SIP_TRUNK_USERNAME: 'all',
      TUTTI_SIP_TRUNK_PASSWORD: 'shared',
    });

    const gateways = read.ok ? (read.value.trunk?.gateways ?? []) : [];
    expect(
      gateways.map(({ uri, credentials }) => [
        uri,
        credentials?.username,
        credentials?.password.reveal(),
      ]),
    ).toEqual([
      ['sip:one.example', 'us', 'p@ss'],
      ['sip:two.example', 'all', 'shared'],
    ]);
    expect(JSON.stringify(read)).not.toMatch(/p@ss|shared/);
    expect(JSON.stringify(readConfig({ TUTTI_SIP_TRUNK: 'sip:us:s3cret@one:0' }))).not.toContain(
      's3cret',
    );
  });

  test('goes by way of a proxy, which is nothing by itself', () => {
    const TUTTI_SIP_TRUNK_PROXY = 'sbc.example:5080;transport=tcp';

    expect(readConfig({ TUTTI_SIP_TRUNK: 'one.example', TUTTI_SIP_TRUNK_PROXY })).toMatchObject({
      value: { trunk: { proxy: 'sip:sbc.example:5080;transport=tcp' } },
    });
    expect(readConfig({ TUTTI_SIP_TRUNK_PROXY })).toMatchObject({
      problems: [expect.stringContaining('TUTTI_SIP_TRUNK_PROXY needs TUTTI_SIP_TRUNK')],
    });
    expect(readConfig({ TUTTI_SIP_TRUNK: 'a', TUTTI_SIP_TRUNK_PROXY: 'a b' })).toMatchObject({
      problems: [expect.stringContaining('TUTTI_SIP_TRUNK_PROXY=a b: expected sip:host:port')],
    });
  });
});

describe('TUTTI_AUDIT_CRON', () => {
  test('is taken as cron writes moments', () => {
    expect(readConfig({ TUTTI_AUDIT_CRON: '30 3 * * 1-5' })).toMatchObject({
      ok: true,
      value: { auditCron: '30 3 * * 1-5' },
    });
  });

  test.each(['nightly', '61 * * * *', '0 0 30 2 *'])('%s is refused', (TUTTI_AUDIT_CRON) => {
    expect(readConfig({ TUTTI_AUDIT_CRON })).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^TUTTI_AUDIT_CRON=.*: expected minute, hour, day/)],
    });
  });
});
