import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeProject, openFaultyWay, type Fault } from './_apply.ts';
import { makeDirectory, root, runTutti, shareTutti, tuttiAtTerminal } from './_tutti.ts';

const shared = shareTutti();

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n');
}

/** One resource of each kind. */
function everything(project: string, number: string): string {
  return `project: ${project}
env: .env.tutti
applications:
  desk:
    voiceUrl: \${APP_URL}/voice
phoneNumbers:
  main:
    number: '${number}'
    application: desk
conversations:
  ${project}:
    attributes: { team: blue }
    conductors:
      ${project}-bridge: { application: desk, proxyAddress: main, speak: all, maxCalls: 5 }
    participants:
      alice: { identity: alice }
      customer:
        messaging: { address: '+15557770001', proxyAddress: main }
        voice: { conductor: ${project}-bridge, proxyAddress: main }
      phone:
        voice: { address: 'desk@example.com', proxyAddress: main }
    webhooks:
      log: { url: '\${APP_URL}/events', filters: [onMessageAdded, onCallAdded] }
      help: { url: '\${APP_URL}/help', triggers: [help, hilfe] }
`;
}

describe('tutti apply', () => {
  it('makes what the example names, writes its SIDs, and has nothing to do a second time', async () => {
    const { apply, directory } = await makeProject(shared());
    const example = await readFile(join(root, 'examples/tutti.yaml'), 'utf8');

    const first = await apply(example, '--yes');
    const written = await readFile(join(directory, '.env.tutti'), 'utf8');
    const second = await apply(example);
    const check = await apply(example, '--check');

    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(written).toMatch(
      /\nDESK_APPLICATION_SID=AP\w{32}\nMAIN_PHONE_NUMBER_SID=PN\w{32}\nSUPPORT_CONVERSATION_SID=CH\w{32}\nSUPPORT_CONDUCTOR_SID=CN\w{32}\n/,
    );
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(/unchanged: application desk, .*\nnothing to do\n$/);
    expect(check).toMatchObject({ code: 0, stderr: '' });
    expect(check.stdout).toContain('no drift: ');
    const doctor = await runTutti(['doctor'], { cwd: directory });
    expect(doctor).toMatchObject({ code: 0, stderr: '' });
  });

  it('takes every kind of resource, one referring to the other by name', async () => {
    const { client } = shared();
    const { apply, directory, name, number } = await makeProject(shared());

    const made = await apply(everything(name, number), '--yes');
    const again = await apply(everything(name, number), '--check');

    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    const sids = Object.fromEntries(
      (await linesOf(join(directory, '.env.tutti'))).map((line) => line.split('=')),
    ) as Record<string, string>;
    const of = (variable: string): string => sids[variable] ?? '';
    const [phoneNumber] = await client.incomingPhoneNumbers.list({ phoneNumber: number });
    const conversation = await client.conversations.v1.conversations(name).fetch();
    const participant = await client.conversations.v1
      .conversations(name)
      .participants(of(`${name.toUpperCase()}_CUSTOMER_PARTICIPANT_SID`))
      .fetch();
    expect(phoneNumber?.voiceApplicationSid).toBe(of('DESK_APPLICATION_SID'));
    expect(JSON.parse(conversation.attributes)).toMatchObject({ team: 'blue' });
    expect(participant).toMatchObject({
      messagingBinding: { type: 'sms', address: '+15557770001', proxy_address: number },
      voiceBinding: { conductor_sid: of(`${name.toUpperCase()}_BRIDGE_CONDUCTOR_SID`) },
    });
  });

  it('shows old and new, and changes what differs and nothing else', async () => {
    const { client } = shared();
    const { apply, name, number } = await makeProject(shared());
    const before = everything(name, number);
    await apply(before, '--yes');
    const after = before
      .replace('speak: all', 'speak: off')
      .replace('onMessageAdded, ', '')
      .replace('/voice', '/answer');

    const check = await apply(after, '--check');
    const [untouched] = await client.applications.list({ friendlyName: `${name}/desk` });
    const changed = await apply(after, '--yes');

    expect(check).toMatchObject({ code: 1, stderr: '' });
    expect(check.stdout).toContain('    speak: all → off\n');
    expect(check.stdout).toContain('    filters: onMessageAdded, onCallAdded → onCallAdded\n');
    expect(check.stdout).toContain('drift: 3 to change.');
    expect(untouched?.voiceUrl).toBe('https://shop.example.com/voice');
    expect(changed).toMatchObject({ code: 0, stderr: '' });
    expect(changed.stdout.match(/^changed /gm)).toHaveLength(3);
    expect((await apply(after, '--check')).code).toBe(0);
  });

  it('finds what was changed and removed by hand, and sets it right', async () => {
    const { client } = shared();
    const { apply, name, number } = await makeProject(shared());
    const file = everything(name, number);
    await apply(file, '--yes');
    const conversation = client.conversations.v1.conversations(name);
    const { attributes } = await conversation.fetch();
    const participants = await conversation.participants.list();
    const alice = participants.find(({ identity }) => identity === 'alice');
    await conversation.participants(alice?.sid ?? '').remove();
    await conversation.update({ attributes: attributes.replace('blue', 'red') });

    const check = await apply(file, '--check');
    const mended = await apply(file, '--yes');

    expect(check.code).toBe(1);
    expect(check.stdout).toContain(`+ participant ${name}/alice\n`);
    expect(check.stdout).toContain('    attributes: {"team":"red"} → {"team":"blue"}\n');
    expect(mended.code).toBe(0);
    expect((await apply(file, '--check')).code).toBe(0);
    // The marks of what apply made are where they were.
    const gone = await apply(`project: ${name}\n`, '--prune', '--yes');
    expect(gone.stdout).toContain(`removed conversation ${name} `);
  });

  it('with --prune removes what it made and the file no longer names, and nothing else', async () => {
    const { client } = shared();
    const { apply, directory, name, number } = await makeProject(shared());
    const other = await makeProject(shared());
    await other.apply(everything(other.name, other.number), '--yes');
    const file = everything(name, number);
    await apply(file, '--yes');
    const conversation = client.conversations.v1.conversations(name);
    await conversation.participants.create({ identity: 'by-hand' });
    await conversation.webhooks.create({
      target: 'webhook',
      'configuration.url': 'https://hand.example.com/',
      'configuration.filters': ['onMessageAdded'],
    });
    const byHand = await client.applications.create({ friendlyName: 'by hand' });
    const fewer = file.replace(/ {6}alice.*\n/, '').replace(/ {6}log.*\n/, '');

    const kept = await apply(fewer, '--yes');
    const pruned = await apply(fewer, '--yes', '--prune');

    expect(kept.stdout).toContain(
      `no longer in the file, and left as they are: webhook ${name}/log, participant ${name}/alice (--prune removes them)`,
    );
    expect(pruned).toMatchObject({ code: 0, stderr: '' });
    expect(pruned.stdout.match(/^removed .*/gm)).toEqual([
      expect.stringContaining(`webhook ${name}/log`),
      expect.stringContaining(`participant ${name}/alice`),
    ]);
    expect(await readFile(join(directory, '.env.tutti'), 'utf8')).not.toContain('ALICE');
    const identities = (await conversation.participants.list()).map(({ identity }) => identity);
    expect(identities).toContain('by-hand');
    expect(identities).not.toContain('alice');
    expect(await conversation.webhooks.list()).toHaveLength(2);

    const all = await apply(`project: ${name}\nenv: .env.tutti\n`, '--prune', '--yes');

    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(all.stdout.match(/^removed /gm)).toHaveLength(3);
    await expect(conversation.fetch()).rejects.toMatchObject({ status: 404 });
    expect(await client.applications(byHand.sid).fetch()).toBeDefined();
    expect((await other.apply(everything(other.name, other.number), '--check')).code).toBe(0);
  });

  it('sets what was there before and never removes it', async () => {
    const { client } = shared();
    const { apply, name, number } = await makeProject(shared());
    const there = await client.incomingPhoneNumbers.create({
      phoneNumber: number,
      friendlyName: 'mine',
      smsUrl: 'https://hand.example.com/sms',
    });
    await client.conversations.v1.conversations.create({ uniqueName: name });
    const file = everything(name, number);

    const applied = await apply(file, '--yes');
    const number2 = await client.incomingPhoneNumbers(there.sid).fetch();
    const pruned = await apply(`project: ${name}\n`, '--prune', '--yes');

    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toContain(`changed phone number main ${there.sid}`);
    expect(number2).toMatchObject({
      friendlyName: 'mine',
      smsUrl: 'https://hand.example.com/sms',
      voiceApplicationSid: expect.stringMatching(/^AP/),
    });
    expect(pruned.code).toBe(0);
    expect(await client.incomingPhoneNumbers(there.sid).fetch()).toBeDefined();
    const conversation = client.conversations.v1.conversations(name);
    expect((await conversation.fetch()).uniqueName).toBe(name);
    // What it made inside of it went.
    expect(await conversation.participants.list()).toEqual([]);
    expect(await conversation.webhooks.list()).toEqual([]);
  });

  it('replaces a webhook whose target changes', async () => {
    const { client } = shared();
    const { apply, name, number } = await makeProject(shared());
    const file = everything(name, number);
    await apply(file, '--yes');

    const changed = await apply(
      file.replace('triggers: [help, hilfe]', 'filters: [onMessageAdded]'),
      '--yes',
    );

    expect(changed).toMatchObject({ code: 0, stderr: '' });
    expect(changed.stdout).toMatch(/\+ webhook \S+\/help in place of WH\w+, which goes/);
    const webhooks = await client.conversations.v1.conversations(name).webhooks.list();
    expect(webhooks.map(({ target }) => target)).toEqual(['webhook', 'webhook']);
  });

  it('changes nothing without --yes where there is no terminal to ask on', async () => {
    const { apply, name, number } = await makeProject(shared());

    const ended = await apply(everything(name, number));

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(
      'nothing was changed: there is no terminal to ask on. Give --yes',
    );
    expect((await apply(everything(name, number), '--check')).code).toBe(1);
  });

  it.for([
    ['yes', 0, 'made application desk AP'],
    ['no', 1, 'nothing was changed'],
  ] as const)('asks on a terminal, and hears %s', async ([answer, code, said]) => {
    const { accountSid, authToken, url } = shared();
    const directory = await makeDirectory();
    await writeFile(
      join(directory, 'tutti.yaml'),
      `project: on-terminal-${answer}\napplications: { desk: {} }\n`,
    );
    const program = tuttiAtTerminal(['apply'], {
      cwd: directory,
      env: { TUTTI_URL: url, TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken },
    });
    await using _ = program;
    await program.line('+ application desk');

    program.type(answer);

    expect(await program.exit(15_000)).toBe(code);
    expect(program.stdout).toContain('Apply this to http://');
    expect(program.stdout).toContain(said);
  });

  it('leaves with 2 when it cannot look, and changes nothing', async () => {
    const { apply } = await makeProject(shared(), 'http://127.0.0.1:9');
    const file = 'project: x\napplications: { desk: {} }\n';

    const noServer = await apply(file, '--check');
    const noFile = await runTutti(['apply', 'other.yaml'], { cwd: await makeDirectory() });

    expect(noServer).toMatchObject({ code: 2, stdout: '' });
    expect(noServer.stderr).toContain('does not answer');
    expect(noFile).toMatchObject({ code: 2, stdout: '' });
    expect(noFile.stderr).toContain('cannot read other.yaml');
  });
});

it('two that apply one file at the same moment make an application once', async () => {
  const { client } = shared();
  let looking = 2;
  let goOn = (): void => undefined;
  const bothLooked = new Promise<void>((resolve) => (goOn = resolve));
  const way = await openFaultyWay(shared(), async ({ method, url }) => {
    if (method === 'POST' && url?.includes('/Applications') === true) {
      looking -= 1;
      if (looking === 0) goOn();
      await bothLooked;
    }
    return undefined;
  });
  const [one, other] = [await makeProject(shared(), way), await makeProject(shared(), way)];
  const file = `project: ${one.name}
env: .env.tutti
applications:
  desk: { voiceUrl: '\${APP_URL}/voice' }
`;

  const applied = await Promise.all([one.apply(file, '--yes'), other.apply(file, '--yes')]);

  for (const each of applied) expect(each).toMatchObject({ code: 0, stderr: '' });
  const made = await client.applications.list({ friendlyName: `${one.name}/desk` });
  expect(made).toHaveLength(1);
  for (const { directory } of [one, other]) {
    const lines = await linesOf(join(directory, '.env.tutti'));
    expect(lines).toContain(`DESK_APPLICATION_SID=${made[0]?.sid}`);
  }
});

describe('tutti apply, ended in the middle,', () => {
  /** The fault of the first request that fits. */
  function once(fault: Fault, fits: RegExp): (request: IncomingMessage) => Fault {
    let isDue = true;
    return ({ method, url }) => {
      if (!isDue || !fits.test(`${method} ${url}`)) return undefined;
      isDue = false;
      return fault;
    };
  }

  it('says what was done and what not, and goes on from there', async () => {
    const way = await openFaultyWay(shared(), once('refused', /^POST .*\/Participants/));
    const { apply, directory, name, number } = await makeProject(shared(), way);
    const file = everything(name, number);

    const first = await apply(file, '--yes');
    const second = await apply(file, '--yes');

    expect(first.code).toBe(1);
    expect(first.stderr).toContain(
      `tutti.yaml:16: participant ${name}/alice: the server at ${way}`,
    );
    expect(first.stderr).toContain('refused: not now\n');
    expect(first.stderr).toContain(
      `done: application desk, phone number main, conversation ${name}, conductor ${name}-bridge\n`,
    );
    expect(first.stderr).toContain(
      `not done: participant ${name}/alice, participant ${name}/customer, participant ${name}/phone, webhook ${name}/log, webhook ${name}/help; no SIDs were written\n`,
    );
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout.match(/^made /gm)).toHaveLength(5);
    expect(await readFile(join(directory, '.env.tutti'), 'utf8')).toContain('ALICE');
    expect((await apply(file, '--check')).code).toBe(0);
  });

  it('makes nothing twice when the answers to the first requests were lost', async () => {
    const { client } = shared();
    const lost = [
      /^POST .*\/Applications\.json/,
      /^POST .*\/IncomingPhoneNumbers\.json/,
      /^POST \/v1\/Conversations$/,
      /^POST .*\/Conductors$/,
      /^POST .*\/Participants$/,
      /^POST .*\/Webhooks$/,
    ].map((fits) => once('answer lost', fits));
    const way = await openFaultyWay(shared(), (request) =>
      lost.map((fault) => fault(request)).find((fault) => fault !== undefined),
    );
    const { apply, name, number } = await makeProject(shared(), way);
    const file = everything(name, number);

    for (const _ of lost) {
      const ended = await apply(file, '--yes');
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain('does not answer');
    }
    const last = await apply(file, '--yes');

    expect(last).toMatchObject({ code: 0, stderr: '' });
    expect((await apply(file, '--check')).code).toBe(0);
    const conversation = client.conversations.v1.conversations(name);
    expect(await client.applications.list({ friendlyName: `${name}/desk` })).toHaveLength(1);
    expect(await conversation.participants.list()).toHaveLength(3);
    expect(await conversation.webhooks.list()).toHaveLength(2);
    // What was made unheard is known as made by apply.
    const { attributes } = await conversation.fetch();
    expect(Object.keys(JSON.parse(attributes).tutti_apply[name].webhooks)).toHaveLength(2);
    const gone = await apply(`project: ${name}\n`, '--prune', '--yes');
    expect(gone.stdout.match(/^removed /gm)).toHaveLength(3);
  });
});
