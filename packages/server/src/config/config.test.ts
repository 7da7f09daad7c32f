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
  ])('%s is taken as %s', (TUTTI_SIP_TRUNK, uri) => {
    expect(readConfig({ TUTTI_SIP_TRUNK })).toMatchObject({ ok: true, value: { trunk: { uri } } });
  });

  test.each([
    'sip:trunk:65536',
    'sip:trunk:0',
    'sip:trunk:99999999',
    'sip:trunk:',
    'sip:',
    'sip:us@trunk',
    'sip:a,b',
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
});
