import { readFile } from 'node:fs/promises';

/** Speaks to a server of the bench with the credentials it wrote. */
export async function connect({ url, credentials }) {
  const lines = (await readFile(credentials, 'utf8')).trim().split('\n');
  const env = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const secret = Buffer.from(`${env.TWILIO_ACCOUNT_SID}:${env.TWILIO_AUTH_TOKEN}`);
  const authorization = `Basic ${secret.toString('base64')}`;
  const ask = async (path, options) => {
    const answer = await fetch(url + path, options);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    authorization,
    get: (path) => ask(path, { headers: { authorization } }),
    post: (path, body = '') =>
      ask(path, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body,
      }),
  };
}
