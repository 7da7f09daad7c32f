import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Phone, WebhookCatcher } from '@tutti/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Program } from './_program.ts';
import { makeDirectory, runTutti, shareTutti, startTutti, tutti } from './_tutti.ts';

const BOB = '+15557654321';

const shared = shareTutti();

/** `tutti phone`, and where it can be called directly. */
async function openPhone(
  ...args: readonly string[]
): Promise<{ readonly program: Program; readonly uri: string }> {
  const { data } = shared();
  const program = tutti(['phone', BOB, '--data', data, ...args], { cwd: data });
  const line = await program.line('is open at');
  return { program, uri: /sip:\S+(?=;)/.exec(line)?.[0] ?? '' };
}

/** Somebody else. */
async function openOther(): Promise<Phone> {
  const other = await Phone.open({ number: 'alice' });
  onTestFinished(() => other.close());
  return other;
}

describe('a call to the number', () => {
  it('rings, is answered by key, hears keys and sends them, until the other side hangs up', async () => {
    const { program } = await openPhone();
    const hooks = await WebhookCatcher.open();
    onTestFinished(() => hooks.close());
    hooks.reply('/keys', '<Response/>');
    const { client } = shared();
    await client.incomingPhoneNumbers.create({ phoneNumber: '+15551234567' });
    await client.calls.create({
      from: '+15551234567',
      to: BOB,
      twiml: `<Response><Gather numDigits="2" action="${hooks.at('/keys')}"><Play digits="7"/></Gather></Response>`,
    });

    await program.line(`ringing: +15551234567 calls ${BOB}. a to answer, r to reject`);
    program.type('a');
    await program.line('talking to +15551234567');
    await program.line('heard key 7');
    program.type('42');

    expect((await hooks.next('/keys')).parameters['Digits']).toBe('42');
    await program.line('the other side hung up');
    program.type('q');
    expect(await program.exit()).toBe(0);
    expect(program.stderr).toBe('');
  });

  it('is rejected by key', async () => {
    const { program, uri } = await openPhone();
    const dialing = (await openOther()).dial(uri);
    dialing.catch(() => undefined);
    await program.line('ringing: alice');

    program.type('r');

    await expect(dialing).rejects.toMatchObject({ code: 'refused', status: 486 });
    await program.line('rejected');
  });

  it('may be given up by the caller', async () => {
    const { program, uri } = await openPhone();
    const dialing = (await openOther()).dialing(uri);
    dialing.call.catch(() => undefined);
    await program.line('ringing: alice');

    dialing.cancel();
    await program.line('the caller gave up');
    program.type('a');

    await program.line('nobody is calling.');
  });

  it('is answered by itself with --auto-answer, and others hear busy meanwhile', async () => {
    const { program, uri } = await openPhone('--auto-answer');
    const call = await (await openOther()).dial(uri);
    await program.line('talking to alice');
    expect(program.stdout).toMatch(/^ringing: \S+ calls \S+$/m);

    await expect((await openOther()).dial(uri)).rejects.toMatchObject({ status: 486 });
    await program.line('alice called: busy');

    program.type('t 700');
    await call.hears({ tone: 700 });
    program.type('h');
    expect(await call.ended).toEqual({ by: 'peer' });
    await program.line('hung up');
    await (await openOther()).dial(uri);
    await program.line('talking to alice');
  });
});

it('dials with --dial, plays a file, and hangs up when it is quit', async () => {
  const other = await openOther();
  const file = join(await makeDirectory(), 'my sound.wav');
  const recorder = await openPhone('--auto-answer', '--record', file);
  const source = await other.dial(recorder.uri);
  source.playTone(1000, { durationMs: 600 });
  await recorder.program.line('hears sound');
  await recorder.program.line('hears silence');
  await source.hangUp();
  await recorder.program.line(`what was heard is in ${file}`);
  recorder.program.type('q');
  await recorder.program.exit();

  const { program } = await openPhone('--dial', other.uri, '--play', file);
  const call = await (await other.nextCall()).answer();
  await call.hears({ tone: 1000 });
  program.type(`p ${file}`);
  await call.hears({ tone: 1000 });
  program.type('q');

  expect(await call.ended).toEqual({ by: 'peer' });
  expect(await program.exit()).toBe(0);
});

it('writes what was heard with --record, also when it is quit in the call', async () => {
  const file = join(await makeDirectory(), 'heard.wav');
  const { program, uri } = await openPhone('--auto-answer', '--record', file);
  const call = await (await openOther()).dial(uri);
  const playing = call.playTone(1000, { durationMs: 500 });
  await playing.done;

  program.type('q');

  expect(await program.exit()).toBe(0);
  const wav = await readFile(file);
  expect(wav.subarray(0, 4).toString()).toBe('RIFF');
  const samples = new Int16Array(
    wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length),
  );
  // About half a second of 1000 Hz at -10 dBFS, and of 700 Hz nothing.
  expect(energyAt(1000, samples)).toBeGreaterThan(20 * energyAt(700, samples));
});

it('Ctrl-C gives up a call that is being dialled', async () => {
  const other = await openOther();
  const { program } = await openPhone('--dial', other.uri);
  const ringing = await other.nextCall();
  ringing.ring();

  program.kill('SIGINT');

  await ringing.canceled;
  expect(await program.exit()).toBe(0);
});

it('ends with the reason when what --dial names does not answer', async () => {
  const other = await openOther();
  const { program } = await openPhone('--dial', other.uri);
  (await other.nextCall()).reject(603);

  expect(await program.exit()).toBe(1);
  expect(program.stderr).toMatch(/^tutti: .*603.*\n$/);
});

it('tells what it does not understand, and goes on', async () => {
  const { program } = await openPhone();

  for (const [typed, told] of [
    ['?', 'a           answer'],
    ['xyzzy', 'not understood: xyzzy'],
    ['5', 'there is no call.'],
    ['d', ''],
    ['p nowhere.wav', 'there is no call.'],
  ] as const) {
    program.type(typed);
    await program.line(told);
  }

  program.type('q');
  expect(await program.exit()).toBe(0);
});

it('says in one line that its registration is refused', async () => {
  const { url, accountSid, sip, data } = shared();
  const env = { TUTTI_URL: url, TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: 'wrong' };

  const byHttp = await runTutti(['phone', BOB], { cwd: data, env });
  const bySip = await runTutti(['phone', BOB, '--sip', sip], { cwd: data, env });

  expect(byHttp).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^tutti: the server at .* refused: Authenticate: .*\n$/),
  });
  expect(bySip).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^tutti: Cannot register \+15557654321 at .*403.*\n$/),
  });
});

it('says in one line that the server is away', async () => {
  const server = await startTutti(await makeDirectory());
  server.program.kill('SIGKILL');
  await server.program.exit();

  const ended = await runTutti(['phone', BOB, '--data', server.data], { cwd: server.data });

  expect(ended).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^tutti: the server at .* does not answer .*\n$/),
  });
});

/** Power at one frequency: Goertzel's algorithm. */
function energyAt(frequencyHz: number, samples: Int16Array): number {
  const factor = 2 * Math.cos((2 * Math.PI * frequencyHz) / 8000);
  let [last, before] = [0, 0];
  for (const sample of samples) [last, before] = [sample + factor * last - before, last];
  return last * last + before * before - factor * last * before;
}
