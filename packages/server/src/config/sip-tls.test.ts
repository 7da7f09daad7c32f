import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const files = { TUTTI_SIP_TLS_CERT: 'c.pem', TUTTI_SIP_TLS_KEY: 'k.pem' };

test('a certificate and its key open port 5061, or another', () => {
  const listen = { port: 5061, certFile: 'c.pem', keyFile: 'k.pem' };

  expect(readConfig(files)).toMatchObject({ ok: true, value: { sipTls: { listen } } });
  expect(readConfig({ ...files, TUTTI_SIP_TLS_PORT: '0' })).toMatchObject({
    value: { sipTls: { listen: { ...listen, port: 0 } } },
  });
  expect(readConfig({})).toMatchObject({ value: { sipTls: { listen: undefined } } });
});

test.each([
  [{ TUTTI_SIP_TLS_CERT: 'c.pem' }, 'TUTTI_SIP_TLS_CERT and TUTTI_SIP_TLS_KEY go together'],
  [{ TUTTI_SIP_TLS_PORT: '5061' }, 'TUTTI_SIP_TLS_PORT needs a certificate'],
  [{ ...files, TUTTI_SIP_TLS_PORT: '65536' }, 'TUTTI_SIP_TLS_PORT=65536: expected'],
])('%j is refused', (env, problem) => {
  expect(readConfig(env)).toEqual({ ok: false, problems: [expect.stringContaining(problem)] });
});
