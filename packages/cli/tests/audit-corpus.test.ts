import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import twilio from 'twilio';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCorpus, writeProject } from '../../doctor/tests/_corpus.ts';
import { runTutti, shareTutti } from './_tutti.ts';

const server = shareTutti();
const live = readCorpus().filter(({ repaired }) => repaired.has('tutti.yaml'));

/** By account, for the customer's server. */
const authTokens = new Map<string, string>();
let customerUrl = '';
let numbers = 0;

/** `/page` and `/open` answer anybody; what else there is checks the signature. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = Object.fromEntries(new URLSearchParams(await text(request)));
  const path = request.url ?? '';
  const signature = String(request.headers['x-twilio-signature']);
  const authToken = authTokens.get(form['AccountSid'] ?? '') ?? '';
  const isSigned = twilio.validateRequest(authToken, signature, customerUrl + path, form);
  if (path !== '/open' && !isSigned) {
    response.writeHead(403).end();
  } else if (path === '/page') {
    response.setHeader('content-type', 'text/html');
    response.end('<html><body>Welcome</body></html>');
  } else {
    response.setHeader('content-type', 'text/xml');
    response.end('<Response><Say>Hello</Say></Response>');
  }
}

beforeAll(async () => {
  const customer = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => customer.listen(0, '127.0.0.1', resolve));
  customerUrl = `http://127.0.0.1:${(customer.address() as AddressInfo).port}`;
  return async () => {
    customer.closeAllConnections();
    await new Promise<void>((resolve) => customer.close(() => resolve()));
  };
});

/** What an audit says of a new account that the project's file was applied to. */
async function audited(files: ReadonlyMap<string, string>): Promise<string[]> {
  const { client, url } = server();
  const { sid, authToken } = await client.api.v2010.accounts.create({ friendlyName: 'corpus' });
  authTokens.set(sid, authToken);
  numbers += 1;
  using project = writeProject(files);
  const run = (...args: string[]) =>
    runTutti(args, {
      cwd: project.root,
      env: {
        TUTTI_URL: url,
        TWILIO_ACCOUNT_SID: sid,
        TWILIO_AUTH_TOKEN: authToken,
        APP_URL: customerUrl,
        NUMBER: `+1555100${String(numbers).padStart(4, '0')}`,
      },
    });
  expect(await run('apply', '--yes')).toMatchObject({ code: 0, stderr: '' });
  const { stdout, stderr } = await run('audit', '--json');
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as { findings: { rule: string }[] };
  return findings.map(({ rule }) => rule);
}

describe('the corpus of projects, applied and audited', () => {
  it('has at least ten whose fault lies in live bindings', () => {
    expect(live.filter(({ audits }) => audits.length > 0).length).toBeGreaterThanOrEqual(10);
  });

  it.each(live)('gives for $name what is wrong with it', async ({ broken, audits }) => {
    expect(await audited(broken)).toEqual(audits);
  });

  it.each(live)('finds nothing in the repaired $name', async ({ repaired }) => {
    expect(await audited(repaired)).toEqual([]);
  });
});
