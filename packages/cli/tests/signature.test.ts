import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectory, runTutti } from './_tutti.ts';

const url = 'https://example.com/voice?a=1&b=2';
const form = 'CallSid=CA00000000000000000000000000000001&From=%2B15550001111&To=%2B15550002222';
const signature = '3W3zfcOopdpgPXs0t5FVa63qhKU=';
const env = { TWILIO_AUTH_TOKEN: '12345678901234567890123456789012' };

describe('tutti signature explain', () => {
  it('leaves with 0 when the request validates, with 1 and the cause when not', async () => {
    const cwd = await makeDirectory();
    const rest = ['--signature', signature, '--form', form, '--lang', 'en'];

    const right = await runTutti(['signature', 'explain', '--url', url, ...rest], { cwd, env });
    const wrong = await runTutti(
      ['signature', 'explain', '--url', url.replace('https', 'http'), ...rest],
      { cwd, env },
    );

    expect(right).toMatchObject({ code: 0, stderr: '' });
    expect(right.stdout).toContain('It validates with TWILIO_AUTH_TOKEN.');
    expect(wrong).toMatchObject({ code: 1, stderr: '' });
    expect(wrong.stdout).toContain('The URL that was signed begins with https://');
    expect(wrong.stdout).toContain(`signed URL: ${url}`);
  });

  it('reads the request from a file, answers in JSON, speaks Chinese', async () => {
    const cwd = await makeDirectory();
    const raw = `POST /voice?a=1&b=2 HTTP/1.1\nHost: example.com\nContent-Type: application/x-www-form-urlencoded\nX-Twilio-Signature: ${signature}\n\n${form}\n`;
    await writeFile(join(cwd, 'request.http'), raw);
    const args = ['signature', 'explain', 'request.http', '--lang', 'zh'];

    const json = await runTutti([...args, '--json'], { cwd, env });
    const people = await runTutti(args, { cwd, env });
    const configured = await runTutti([...args, '--url', url], { cwd, env });

    expect(JSON.parse(json.stdout)).toMatchObject({
      validates: false,
      signed_url: url,
      signed_with: 'TWILIO_AUTH_TOKEN',
      differences: [{ cause: 'scheme', received: 'http://', signed: 'https://' }],
    });
    expect(people.stdout).toContain('签名无效');
    expect(configured.code).toBe(0);
  });

  it('finds the auth token in the environment files beside it, unless one is given', async () => {
    const cwd = await makeDirectory();
    await writeFile(join(cwd, '.env'), `TWILIO_AUTH_TOKEN="${env.TWILIO_AUTH_TOKEN}" # ours\n`);
    await writeFile(join(cwd, '.env.example'), 'TWILIO_AUTH_TOKEN=your_auth_token\n');
    const args = ['signature', 'explain', '--url', url, '--signature', signature, '--form', form];
    const other = { TWILIO_AUTH_TOKEN: '00000000000000000000000000000000' };

    const found = await runTutti([...args, '--lang', 'en'], { cwd });
    const second = await runTutti([...args, '--lang', 'en'], { cwd, env: other });
    const given = await runTutti([...args, '--token', other.TWILIO_AUTH_TOKEN], { cwd });

    expect(found).toMatchObject({ code: 0, stderr: '' });
    expect(found.stdout).toContain('It validates with TWILIO_AUTH_TOKEN (.env).');
    expect(second).toMatchObject({ code: 1, stderr: '' });
    expect(second.stdout).toContain('TWILIO_AUTH_TOKEN (.env)');
    expect(given.code).toBe(1);
  });

  it('finds the auth token of a server that was started there', async () => {
    const cwd = await makeDirectory();
    await mkdir(join(cwd, '.tutti'));
    await writeFile(
      join(cwd, '.tutti', 'credentials.env'),
      `TWILIO_AUTH_TOKEN=${env.TWILIO_AUTH_TOKEN}\n`,
    );
    const args = ['signature', 'explain', '--url', url, '--signature', signature, '--form', form];

    expect(await runTutti(args, { cwd })).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    [['explain', '--url', url], {}, 'with which auth token?'],
    [['explain'], env, 'which request?'],
    [['explain', '--url', 'voice', '--signature', signature], env, 'voice is no URL'],
    [['explain', 'nowhere.http'], env, 'cannot read nowhere.http'],
    [['explain', 'x', '--form', 'a=1'], env, 'the body is that of x'],
    [['explain', '--url', url, '--form', 'a=1', '--body', '{}'], env, 'are two bodies'],
    [['explane'], env, 'what of it?'],
  ] as const)('leaves with 2 when it cannot look: %j', async (args, environment, problem) => {
    const cwd = await makeDirectory();

    const { code, stdout, stderr } = await runTutti(['signature', ...args], {
      cwd,
      env: environment,
    });

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
  });
});
