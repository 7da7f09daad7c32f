import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import twilio from '@tutti/client';
import { readCredentials } from '@tutti/server/credentials';
import { expect, it, onTestFinished } from 'vitest';
import { makeDirectory, runTutti, startTutti, tutti } from './_tutti.ts';

const anyPorts = ['--port', '0', '--sip-port', '0'];

it('prints the ready line first, then where the credentials are', async () => {
  const cwd = await makeDirectory();

  const server = tutti(['start', ...anyPorts], { cwd });
  await server.line('credentials in .tutti/credentials.env; stop with Ctrl-C');

  expect(server.lines[0]).toMatch(/^tutti ready http:\/\/127\.0\.0\.1:\d+ sip:127\.0\.0\.1:\d+$/);
  expect(server.stderr).toBe('');
  const { TUTTI_URL } = await readCredentials(join(cwd, '.tutti/credentials.env'));
  expect(server.lines[0]).toContain(`tutti ready ${TUTTI_URL} `);
});

it('prints one JSON object and nothing else with --json', async () => {
  const data = await makeDirectory();

  const { program, accountSid } = await startTutti(data);
  program.kill('SIGTERM');

  expect(await program.exit()).toBe(0);
  expect(program.lines).toHaveLength(1);
  expect(JSON.parse(program.stdout)).toEqual({
    ready: true,
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    sip: expect.stringMatching(/^sip:127\.0\.0\.1:\d+$/),
    accountSid,
    credentials: join(data, 'credentials.env'),
  });
  expect(program.stderr).toBe('');
});

it('writes credentials for their owner alone; the token and the key both open the API', async () => {
  const cwd = await makeDirectory();
  const data = join(cwd, 'data');
  const server = tutti(['start', ...anyPorts, '--data', data], { cwd });
  await server.line('credentials in');

  const credentials = await readCredentials(join(data, 'credentials.env'));

  expect((await stat(join(data, 'credentials.env'))).mode & 0o777).toBe(0o600);
  expect((await stat(data)).mode & 0o777).toBe(0o700);
  expect(credentials).toEqual({
    TWILIO_ACCOUNT_SID: expect.stringMatching(/^AC[0-9a-f]{32}$/),
    TWILIO_AUTH_TOKEN: expect.stringMatching(/^[0-9a-f]{32}$/),
    TWILIO_API_KEY: expect.stringMatching(/^SK[0-9a-f]{32}$/),
    // By its letters it can be told from an auth token, as `tutti doctor` does.
    TWILIO_API_SECRET: expect.stringMatching(/^(?=.*[g-zG-Z])[0-9A-Za-z]{32}$/),
    TUTTI_URL: expect.stringMatching(/^http:/),
  });
  const { TWILIO_ACCOUNT_SID: accountSid = '', TUTTI_URL: baseUrl = '' } = credentials;
  const byToken = twilio(accountSid, credentials.TWILIO_AUTH_TOKEN, { baseUrl });
  const byKey = twilio(credentials.TWILIO_API_KEY, credentials.TWILIO_API_SECRET, {
    accountSid,
    baseUrl,
  });
  const { sid } = await byToken.conversations.v1.conversations.create();
  expect((await byKey.conversations.v1.conversations(sid).fetch()).accountSid).toBe(accountSid);
});

it('keeps the database for its owner alone, in a directory that others may read and with files they could', async () => {
  const data = await makeDirectory();
  await chmod(data, 0o755);
  await writeFile(join(data, 'tutti.db'), '', { mode: 0o644 });
  await writeFile(join(data, 'tutti.db-wal'), '', { mode: 0o644 });

  await startTutti(data);

  for (const name of ['tutti.db', 'tutti.db-wal', 'tutti.db-shm', 'credentials.env']) {
    expect([name, (await stat(join(data, name))).mode & 0o777]).toEqual([name, 0o600]);
  }
});

it('takes the account of the environment at the first start, and stays with it', async () => {
  const data = await makeDirectory();
  const account = {
    TWILIO_ACCOUNT_SID: 'ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    TWILIO_AUTH_TOKEN: 'a-token-of-my-own',
  };

  const first = await startTutti(data, { env: account });
  await first.client.calls.list();
  first.program.kill('SIGTERM');
  await first.program.exit();
  const second = await startTutti(data);

  expect(second).toMatchObject({
    accountSid: account.TWILIO_ACCOUNT_SID,
    authToken: account.TWILIO_AUTH_TOKEN,
  });
});

it('keeps all data and the key over a restart; TUTTI_URL follows the port', async () => {
  const data = await makeDirectory();
  const path = join(data, 'credentials.env');
  const first = await startTutti(data);
  const { sid } = await first.client.conversations.v1.conversations.create({
    friendlyName: 'Kept',
  });
  const before = await readCredentials(path);
  first.program.kill('SIGINT');
  expect(await first.program.exit()).toBe(0);

  const second = await startTutti(data);

  const after = await readCredentials(path);
  expect(second.url).not.toBe(first.url);
  expect(after).toEqual({ ...before, TUTTI_URL: second.url });
  const kept = await second.client.conversations.v1.conversations(sid).fetch();
  expect(kept.friendlyName).toBe('Kept');
});

it('says in one line that the HTTP port is in use', async () => {
  const cwd = await makeDirectory();
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;

  const ended = await runTutti(['start', '--port', String(port), '--sip-port', '0'], { cwd });

  expect(ended).toEqual({
    code: 1,
    stdout: '',
    stderr: `tutti: port ${port} is in use by another program. Stop it, or choose another with --port N (0 picks a free one).\n`,
  });
});

it('says in one line that the SIP port is in use', async () => {
  const cwd = await makeDirectory();
  const other = createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address();

  const ended = await runTutti(['start', '--port', '0', '--sip-port', String(port)], { cwd });

  expect(ended).toEqual({
    code: 1,
    stdout: '',
    stderr: `tutti: SIP port ${port} is in use by another program. Stop it, or choose another with --sip-port N (0 picks a free one).\n`,
  });
});

it('keeps a second server out of the data of one that runs', async () => {
  const data = await makeDirectory();
  await startTutti(data);

  const ended = await runTutti(['start', ...anyPorts, '--data', data], { cwd: data });

  expect(ended).toEqual({
    code: 1,
    stdout: '',
    stderr: `tutti: another server runs on the data directory ${data}. Stop it, or choose another with --data DIR.\n`,
  });
});

it('lists every setting that it cannot use', async () => {
  const cwd = await makeDirectory();
  const env = { TUTTI_RTP_PORTS: '9-1', TUTTI_STRICT: 'maybe', TUTTI_LOG_LEVEL: 'loud' };

  const ended = await runTutti(['start', '--port', 'http'], { cwd, env });

  expect(ended).toMatchObject({ code: 2, stdout: '' });
  for (const problem of [
    'TUTTI_PORT=http: expected',
    'TUTTI_RTP_PORTS=9-1: expected',
    'TUTTI_STRICT=maybe: expected',
    'TUTTI_LOG_LEVEL=loud: expected',
  ]) {
    expect(ended.stderr).toContain(`tutti: ${problem}`);
  }
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(4);
});

it('says in one line that the data directory cannot be made, or is no database', async () => {
  const cwd = await makeDirectory();
  await writeFile(join(cwd, 'file'), '');
  const broken = await makeDirectory();
  await writeFile(join(broken, 'tutti.db'), 'this is no database, but long enough to be looked at');

  const locked = await makeDirectory();
  await writeFile(join(locked, 'tutti.lock'), 'this is no lock, but long enough to be looked at');

  const noLock = await runTutti(['start', ...anyPorts, '--data', locked], { cwd });
  const noDirectory = await runTutti(['start', ...anyPorts, '--data', 'file/data'], { cwd });
  const noDatabase = await runTutti(['start', ...anyPorts, '--data', broken], { cwd });

  expect(noDirectory).toMatchObject({
    code: 1,
    stderr:
      "tutti: cannot use file/data as the data directory: ENOTDIR: not a directory, mkdir 'file/data'. Let this user write there, or choose another with --data DIR.\n",
  });
  expect(noLock).toMatchObject({
    code: 1,
    stderr: `tutti: cannot use ${locked} as the data directory: file is not a database. Let this user write there, or choose another with --data DIR.\n`,
  });
  expect(noDatabase).toMatchObject({
    code: 1,
    stderr: `tutti: cannot open the database ${broken}/tutti.db: SQLITE_NOTADB at: open. See that it is whole and that this user may write it; or restore a backup, or choose another directory with --data DIR.\n`,
  });
});

it('says in one line that PostgreSQL cannot be reached', async () => {
  const cwd = await makeDirectory();
  const env = { TUTTI_DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:1/tutti' };

  const ended = await runTutti(['start', ...anyPorts], { cwd, env });

  expect(ended).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'tutti: cannot connect to the PostgreSQL database of TUTTI_DATABASE_URL: connect ECONNREFUSED 127.0.0.1:1. See that it runs, is there, and lets this user in.\n',
  });
});

it('says in one line that a certificate cannot be read', async () => {
  const cwd = await makeDirectory();
  const env = { TUTTI_SIP_TLS_CERT: 'no.pem', TUTTI_SIP_TLS_KEY: 'no.key' };

  const ended = await runTutti(['start', ...anyPorts], { cwd, env });

  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^tutti: TUTTI_SIP_TLS_CERT=no\.pem cannot be read: ENOENT.*\n$/),
  });
});

it('tells of variables that look like its settings and are none, and starts', async () => {
  const cwd = await makeDirectory();
  const env = { TUTTI_RETENTION_CALL: '30', TUTTI_BASEMENT_COLOUR: 'red', TUTTI_URL: 'http://x' };

  const server = tutti(['start', ...anyPorts], { cwd, env });
  await server.line('tutti ready');

  expect(server.stderr.split('\n').sort()).toEqual([
    '',
    'tutti: TUTTI_BASEMENT_COLOUR is no setting, and nobody reads it.',
    'tutti: TUTTI_RETENTION_CALL is no setting, and nobody reads it. Did you mean TUTTI_RETENTION_CALLS?',
  ]);
});

it('leaves nothing behind with --ephemeral', async () => {
  const cwd = await makeDirectory();
  const temporary = await makeDirectory();
  const env = { TMPDIR: temporary };
  const server = tutti(['start', ...anyPorts, '--ephemeral'], { cwd, env });
  await server.line(`credentials in ${temporary}`);
  expect(await readdir(temporary)).toHaveLength(1);

  server.kill('SIGINT');

  expect(await server.exit()).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
  expect(await readdir(cwd)).toEqual([]);
});
