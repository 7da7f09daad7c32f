import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { postEvents } from '../../server/src/model/webhook.ts';
import { events } from '../src/apply/events.ts';
import { jsonSchema } from '../src/apply/json-schema.ts';
import { readFile as readConfiguration } from '../src/apply/read-file.ts';
import { root } from './_tutti.ts';

const schema = JSON.parse(
  await readFile(join(root, 'packages/cli/tutti.schema.json'), 'utf8'),
) as object;
const isValid = new Ajv({ allowUnionTypes: true, strictRequired: false }).compile(schema);
const example = await readFile(join(root, 'examples/tutti.yaml'), 'utf8');
const environment = { APP_URL: 'https://shop.example.com' };

function problemsOf(text: string): readonly string[] {
  const reading = readConfiguration(text, 'tutti.yaml', environment);
  return reading.ok ? [] : reading.problems;
}

/** The example with one thing changed. */
function exampleWith(from: string, to: string): string {
  const changed = example.replace(from, to);
  if (changed === example) throw new Error(`the example has no ${from}`);
  return changed;
}

describe('tutti.yaml', () => {
  it('is described by the packed JSON Schema as it is read', () => {
    expect(schema).toEqual(jsonSchema());
  });

  it('stands in the documentation as it is in the examples', async () => {
    const page = await readFile(join(root, 'docs/apply.md'), 'utf8');

    expect(page).toContain(`\n\`\`\`yaml\n${example}\`\`\`\n`);
  });

  it('has the events of the server', () => {
    expect(events).toEqual(postEvents);
  });

  it('is taken by the schema and by the reader', () => {
    expect(isValid(parse(example))).toBe(true);
    expect(problemsOf(example)).toEqual([]);
  });

  // What is wrong, where, and what to do; the schema refuses it too, but for names and references, which it cannot see.
  it.for([
    [
      'voiceUrl:',
      'voiceUrll:',
      '8:5: voiceUrll is no key of application desk. Did you mean voiceUrl?',
    ],
    ['phoneNumbers:', 'numbers:', '11:1: numbers is no key of the file. It takes: project,'],
    [
      'conductors:',
      'Conductors:',
      'Conductors is no key of conversation support. Did you mean conductors?',
    ],
    [
      'transcribe: dtmf',
      'transcribe: dtfm',
      'transcribe of conductor support is "dtfm"; expected is off or dtmf or speech. Did you mean dtmf?',
    ],
    [
      'transcribe: dtmf',
      'maxCalls: 251',
      'maxCalls of conductor support is "251"; expected is a whole number from 1 to 250.',
    ],
    [
      'transcribe: dtmf',
      'record: yes',
      'record of conductor support is "yes"; expected is off or on.',
    ],
    [
      "number: '+15551234567'",
      "number: '555'",
      'number of phone number main is "555"; expected is a number in E.164 form',
    ],
    ["number: '+15551234567'", 'friendlyName: x', 'phone number main has no number; it is needed.'],
    [
      'attributes:\n      team: support',
      'attributes: []',
      'attributes of conversation support is a list; a mapping (key: value) is expected',
    ],
    ['team: support', 'tutti_apply: support', 'attributes of conversation support has tutti_apply'],
    [
      'identity: alice',
      'attributes: {}',
      'participant support/alice cannot be found again; expected is identity, messaging.address or voice.address.',
    ],
    [
      'identity: alice',
      'identity:',
      'identity of participant support/alice is empty; expected is a text of up to 256 characters. Give it, or delete the line.',
    ],
    [
      '        messaging:',
      '        identity: bob\n        messaging:',
      'participant support/customer has identity and messaging; expected is one of them.',
    ],
    [
      'filters: [onMessageAdded,',
      'filters: [onMesageAdded,',
      'filters of webhook support/log has "onMesageAdded"; expected is one of onMessageAdded',
    ],
    [
      '        filters: [onMessageAdded, onConductorUpdated]\n',
      '',
      'webhook support/log has neither filters nor triggers; expected is one of them',
    ],
    ['project: shop\n', '', 'project is missing; expected is a name for what this file makes'],
    [
      'project: shop',
      'project: The Shop',
      'project is called "The Shop"; expected are up to 30 characters of a-z',
    ],
    [
      '  desk:\n',
      '  Desk:\n',
      'application Desk is called "Desk"; expected are up to 30 characters',
    ],
    [
      'env: .env.tutti',
      'etcd: { url: localhost }',
      'url of etcd is "localhost"; expected is where it answers by HTTP, as http://127.0.0.1:2379.',
    ],
    ['env: .env.tutti', 'consul: { address: x }', 'address is no key of consul.'],
    [
      'env: .env.tutti',
      'env: [a]',
      'env is a list; expected is the path of a file, as .env.tutti.',
    ],
  ] as const)('with %j changed to %j is refused: %s', ([from, to, problem]) => {
    const text = exampleWith(from, to);

    const problems = problemsOf(text);

    expect(problems.join('\n')).toMatch(/^tutti\.yaml:\d+:\d+: /);
    expect(problems.join('\n')).toContain(problem);
    // A schema cannot tell a URL of etcd from another text.
    if (!to.startsWith('etcd')) expect(isValid(parse(text))).toBe(false);
  });

  it.for([
    [
      'application: desk\n\nconv',
      'application: desc\n\nconv',
      `14:18: application of phone number main is "desc"; expected is the name of an application of this file, or its SID (AP…). This file's applications has desk. Did you mean desk?`,
    ],
    ['conductor: support\n', 'conductor: CHxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n', 'voice.conductor'],
    [
      'proxyAddress: main\n        transcribe',
      'proxyAddress: mian\n        transcribe',
      "This file's phoneNumbers has main. Did you mean main?",
    ],
    [
      '${APP_URL}/voice',
      '${APP_ULR}/voice',
      '8:15: voiceUrl of application desk takes ${APP_ULR}, and APP_ULR is not set in the environment. Set it: APP_ULR=… tutti apply',
    ],
    ['${APP_URL}/voice', '${APP URL}/voice', 'has ${APP URL}; the name of a variable is expected'],
    [
      'conversations:',
      '  copy: { number: "+15551234567" }\nconversations:',
      '+15551234567 is phone number main of line 12 too.',
    ],
    [
      '      alice:',
      '      a-b: { identity: x }\n      a_b: { identity: y }\n      alice:',
      'would both be written as SUPPORT_A_B_PARTICIPANT_SID. Call one of them something else.',
    ],
  ] as const)('with %j changed to %j is refused by the reader: %s', ([from, to, problem]) => {
    expect(problemsOf(exampleWith(from, to)).join('\n')).toContain(problem);
  });

  it.for([
    ['project: [', 'no YAML'],
    ['project: shop\nproject: shop', 'no YAML: Map keys must be unique'],
    ['', 'the file is empty; a mapping (key: value) is expected'],
    ['- a', 'the file is a list; a mapping'],
    ['project: shop\nconversations:\n  a: &a { attributes: *a }', 'tutti.yaml:3:'],
  ] as const)('that is %j is refused: %s', ([text, problem]) => {
    expect(problemsOf(text).join('\n')).toContain(problem);
  });

  it('tells everything that is wrong at once, each in its line', () => {
    const text = exampleWith('voiceUrl:', 'voiceUrll:')
      .replace('dtmf', 'x')
      .replace('identity: alice', 'identity:');

    expect(problemsOf(text).map((problem) => problem.split(':')[1])).toEqual(['8', '25', '28']);
  });

  it('takes a number without quotation marks, aliases, and ${ as it is', () => {
    const reading = readConfiguration(
      `project: shop
phoneNumbers: { main: { number: +15551234567 } }
conversations:
  a: { friendlyName: '$\${x}', attributes: &all { url: '\${APP_URL}/a', n: 1 } }
  b: { attributes: *all }
`,
      'tutti.yaml',
      environment,
    );

    const wanted = reading.ok ? reading.configuration.wanted : [];
    expect(wanted.map(({ settings }) => Object.fromEntries(settings))).toEqual([
      { number: '+15551234567' },
      {
        friendlyName: '${x}',
        attributes: { attributes: { url: 'https://shop.example.com/a', n: 1 } },
      },
      { attributes: { attributes: { url: 'https://shop.example.com/a', n: 1 } } },
    ]);
  });
});

describe('The seed file of emulate', () => {
  const seed = `github:
  users: []
twilio:
  account:
    sid: AC00000000000000000000000000000000
    auth_token: t0ken
  api_keys:
    - secret: s3cret
  phone_numbers:
    - phone_number: "+15551230001"
      friendly_name: Local SMS and Voice
      sms_url: http://localhost:3000/sms
      voice_url: http://localhost:3000/voice
      voice_method: POST
    - phone_number: "+15551230002"
  messaging_services:
    - friendly_name: Local
  verify_services: []
  conversations:
    services: []
`;

  it('gives its phone numbers, and says line by line what is not carried', () => {
    const reading = readConfiguration(seed, 'emulate.config.yaml', {});

    expect(reading).toMatchObject({ ok: true, configuration: { project: 'emulate' } });
    if (!reading.ok) return;
    const { wanted, left } = reading.configuration;
    expect(wanted).toEqual([
      {
        kind: 'phoneNumber',
        name: 'local-sms-and-voice',
        conversation: undefined,
        line: 10,
        settings: new Map([
          ['number', '+15551230001'],
          ['smsUrl', 'http://localhost:3000/sms'],
          ['voiceUrl', 'http://localhost:3000/voice'],
          ['voiceMethod', 'POST'],
        ]),
      },
      {
        kind: 'phoneNumber',
        name: 'n15551230002',
        conversation: undefined,
        line: 15,
        settings: new Map([['number', '+15551230002']]),
      },
    ]);
    expect(left.map((note) => note.slice(0, note.indexOf(' is not carried')))).toEqual([
      'emulate.config.yaml:1: github',
      'emulate.config.yaml:4: twilio.account',
      'emulate.config.yaml:7: twilio.api_keys',
      'emulate.config.yaml:11: friendly_name of +15551230001',
      'emulate.config.yaml:16: twilio.messaging_services',
      'emulate.config.yaml:18: twilio.verify_services',
      'emulate.config.yaml:19: twilio.conversations',
    ]);
    expect(left.join('\n')).not.toMatch(/t0ken|s3cret/);
  });

  it('is refused where its numbers are wrong, with file and line', () => {
    const reading = readConfiguration(
      seed.replace('"+15551230002"', '"555"').replace('voice_method', 'voice_metod'),
      'emulate.config.yaml',
      {},
    );

    expect(reading).toMatchObject({ ok: false });
    expect(reading.ok ? [] : reading.problems).toEqual([
      expect.stringContaining('emulate.config.yaml:14:7: voice_metod is no key of'),
      expect.stringContaining('emulate.config.yaml:15:21: phone_number is "555"'),
    ]);
  });
});
