import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { randomIds } from '../../src/base/ids.ts';

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly sip: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly authorization: string;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

const account = { sid: randomIds.sid('AC'), authToken: randomIds.secret() };
const bin = fileURLToPath(new URL('../../../cli/bin/tutti.js', import.meta.url));

/** Starts `tutti start` on a database; all of a run have the same first account. */
export async function startProcess(
  databaseUrl: string | undefined,
  data: string,
  more: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const args = [bin, 'start', '--port', '0', '--sip-port', '0', '--data', data, '--json'];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...(databaseUrl !== undefined && { TUTTI_DATABASE_URL: databaseUrl }),
      TUTTI_LOG_LEVEL: 'fatal',
      TWILIO_ACCOUNT_SID: account.sid,
      TWILIO_AUTH_TOKEN: account.authToken,
      ...more,
    },
  });
  const exited = once(child, 'exit');
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  onTestFinished(() => kill('SIGKILL'));
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes('\n')) break;
  }
  const ready = JSON.parse(said.slice(0, said.indexOf('\n'))) as { url: string; sip: string };
  const basic = Buffer.from(`${account.sid}:${account.authToken}`).toString('base64');
  return {
    url: ready.url,
    sip: ready.sip,
    accountSid: account.sid,
    authToken: account.authToken,
    authorization: `Basic ${basic}`,
    kill,
  };
}

/** Asks a server; a form is sent by POST. */
export async function ask(
  { url, authorization }: ServerProcess,
  path: string,
  form?: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const answer = await fetch(url + path, {
    headers: { authorization, 'X-Twilio-Webhook-Enabled': 'true' },
    ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form) }),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}
