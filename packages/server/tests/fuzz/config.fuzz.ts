import { parseSipUri } from '@tutti/sip';
import { fuzz } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText, numbers } from '../../../../tests/_fuzz/mutate.ts';
import { readConfig } from '../../src/config/config.ts';
import { envNames } from '../../src/config/env.ts';

const values = [
  'production',
  '0.0.0.0',
  '::1',
  '8080',
  '10000-20000',
  'postgres://me:s3cret@127.0.0.1/db',
  '10.1.2.0/24,[fd00::1]/64,hooks.lan',
  'sip:trunk.example.com:5060;transport=tcp',
  'sip:[2001:db8::1]:65535',
  'true',
  'warn',
  'AC0123456789abcdef0123456789abcdef',
  ...numbers,
];

/** One variable to a line. */
function envOf(text: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    const name = envNames.find((each) => each === line.slice(0, equals));
    // Empty ones count as none.
    if (name !== undefined && equals + 1 < line.length) env[name] = line.slice(equals + 1);
  }
  return env;
}

fuzz<string>('The environment', {
  corpus: [
    '',
    'TUTTI_SIP_TRUNK=sip:a:65536',
    'TUTTI_PORT=1e3',
    'TUTTI_RTP_PORTS=65535-65536',
    'TUTTI_DATABASE_URL=postgres:',
    'TUTTI_DATABASE_URL=postgres://me:s3cret@/',
    'TUTTI_CALLBACK_ALLOW=,,/,0/0,::/129',
    'TUTTI_MODE=__proto__',
  ],
  make: (random) =>
    random
      .list(3, () => {
        const value = mutateText(random, random.pick(values), { words: values, longest: 200 });
        return `${random.pick(envNames)}=${value}`;
      })
      .join('\n'),
  check: (text) => {
    const env = envOf(text);
    const read = readConfig(env);
    if (!read.ok) {
      if (read.problems.length === 0) throw new Error('Refused without a word');
      // Each problem names its variable, and none repeats a password.
      for (const problem of read.problems) {
        if (!envNames.some((name) => problem.startsWith(name))) throw new Error(problem);
      }
      const { TUTTI_DATABASE_URL = '', ...others } = env;
      const isSecret =
        TUTTI_DATABASE_URL.includes('s3cret') && !JSON.stringify(others).includes('s3cret');
      if (isSecret && read.problems.join('').includes('s3cret'))
        throw new Error('A password is shown');
      return;
    }
    const { port, sipPort, rtpPorts, trunk, retention } = read.value;
    for (const each of [port, sipPort]) {
      if (!(Number.isInteger(each) && each >= 0 && each <= 65_535)) throw new Error(`Port ${each}`);
    }
    if (rtpPorts !== undefined && !(rtpPorts.min < rtpPorts.max && rtpPorts.max <= 65_535)) {
      throw new Error(`RTP ports ${rtpPorts.min}-${rtpPorts.max}`);
    }
    if (Object.values(retention).some((days) => !Number.isSafeInteger(days)))
      throw new Error('Days');
    for (const gateway of trunk?.gateways ?? []) {
      // As calls put the number before it.
      const uri = parseSipUri(gateway.uri.replace(/^(sips?:)/i, '$1+15551234567@'));
      if (!uri.ok || uri.value.user !== '+15551234567') throw new Error(`Gateway ${gateway.uri}`);
    }
  },
});
