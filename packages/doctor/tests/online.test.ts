import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { examineProject, tellPeople, textOf, toJson, type ProjectReport } from '@tutti/doctor';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { writeProject } from './_corpus.ts';

const hex = '3f2a91c07be64d58a1c9e0b7d4526f8e';
const account = `AC${hex}`;
const authToken = '0123456789abcdef0123456789abcdef';
const nowMs = Date.parse('2026-11-22T12:00:00Z');
const twiml = '<Response><Say>Hello</Say></Response>';

interface LocalServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: string[];
}

async function startServer(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<LocalServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    void text(request).then((body) => answer(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Options = Partial<Parameters<typeof examineProject>[1]>;

async function examine(env: string, options: Options): Promise<ProjectReport> {
  using project = writeProject(new Map([['.env', env]]));
  const report = await examineProject(project.root, { nowMs, clock: Date.now, ...options });
  for (const finding of report.findings) {
    for (const language of ['en', 'zh'] as const) {
      const told = Object.values(textOf(finding, language)).join('');
      expect(told).not.toMatch(/undefined|\[object/);
      expect(told).not.toContain(authToken);
    }
  }
  for (const language of ['en', 'zh'] as const) {
    expect(tellPeople(report, language)).not.toMatch(/undefined|\[object/);
    expect(JSON.stringify(toJson(report, language))).not.toContain(authToken);
  }
  return report;
}

const told = ({ findings }: ProjectReport): string[] =>
  findings.map(({ rule, values }) => ('variable' in values ? `${rule} ${values.variable}` : rule));

const credentials = `TWILIO_ACCOUNT_SID=${account}\nTWILIO_AUTH_TOKEN=${authToken}\n`;

/** What a receiver does with a request: takes it, or refuses it. */
type Behaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  isSigned: 'right' | 'wrong' | 'missing',
) => void;

const startWebhook = (behaviour: Behaviour): Promise<LocalServer> =>
  startServer((request, response, body) => {
    const signature = request.headers['x-twilio-signature'];
    const userinfo = Buffer.from(
      (request.headers.authorization ?? '').replace('Basic ', ''),
      'base64',
    ).toString();
    const url = `http://${userinfo === '' ? '' : `${userinfo}@`}${request.headers.host}${request.url}`;
    const parameters = Object.fromEntries(new URLSearchParams(body));
    const isRight =
      typeof signature === 'string' && validateRequest(authToken, signature, url, parameters);
    behaviour(request, response, signature === undefined ? 'missing' : isRight ? 'right' : 'wrong');
  });

const answerXml = (response: ServerResponse, body: string, type = 'text/xml'): void => {
  response.setHeader('content-type', type);
  response.end(body);
};

const refusing =
  (accept: (response: ServerResponse) => void): Behaviour =>
  (_, response, isSigned) => {
    if (isSigned === 'right') accept(response);
    else response.writeHead(403).end('refused');
  };

describe('A webhook', () => {
  it.each<[string, string[], Behaviour]>([
    ['that is as it should be', [], refusing((response) => answerXml(response, twiml))],
    ['that has nothing to say', [], refusing((response) => response.writeHead(204).end())],
    ['that is plain text', [], refusing((response) => answerXml(response, 'Hello', 'text/plain'))],
    [
      'that accepts anybody',
      ['endpoint-forgeable', 'endpoint-forgeable'],
      (_, response) => answerXml(response, twiml),
    ],
    [
      'that only looks whether there is a signature',
      ['endpoint-forgeable'],
      (_, response, isSigned) => {
        if (isSigned === 'missing') response.writeHead(400).end();
        else answerXml(response, twiml);
      },
    ],
    ['that refuses everybody', ['endpoint-status'], (_, response) => response.writeHead(403).end()],
    ['that fails', ['endpoint-status'], (_, response) => response.writeHead(500).end()],
    ['that hangs up', ['endpoint-unreachable'], (request) => request.socket.destroy()],
    [
      'that answers with no XML',
      ['endpoint-twiml'],
      refusing((response) => answerXml(response, '<Response><Say></Response>')),
    ],
    [
      'that answers with JSON',
      ['endpoint-twiml'],
      refusing((response) => answerXml(response, '{}', 'application/json')),
    ],
    [
      'that has a verb of no meaning',
      ['endpoint-twiml-warning'],
      refusing((response) => answerXml(response, '<Response><Shout>Hi</Shout></Response>')),
    ],
  ])('%s is found to be so', async (_, rules, behaviour) => {
    await using server = await startWebhook(behaviour);
    const url = `${server.url}/voice?shop=1`;

    const report = await examine(credentials, { webhooks: [url] });

    expect(told(report)).toEqual(rules);
    expect(report).toMatchObject({ webhooks: 1, sids: 0, omissions: [] });
    expect(report.findings.every(({ subject }) => subject === url)).toBe(true);
  });

  it('with user and password is asked with them, and they are not shown', async () => {
    await using server = await startWebhook(refusing((response) => answerXml(response, twiml)));
    const url = `${server.url.replace('//', '//shop:s3cret@')}/voice`;

    const right = await examine(credentials, { webhooks: [url] });
    const wrong = await examine(credentials.replace('=0123', '=0000'), { webhooks: [url] });

    expect(told(right)).toEqual([]);
    expect(told(wrong)).toEqual(['endpoint-status']);
    expect(tellPeople(wrong, 'en')).toContain('//shop:***@');
    expect(tellPeople(wrong, 'en')).not.toContain('s3cret');
  });

  it('that is slow, too slow or nowhere is found to be so', async () => {
    const release: (() => void)[] = [];
    await using late = await startWebhook((_, response) => {
      release.push(() => response.end());
    });
    await using slow = await startWebhook(refusing((response) => answerXml(response, twiml)));

    const tooSlow = await examine(credentials, {
      webhooks: [late.url],
      webhookLimits: { timeoutMs: 50 },
    });
    let time = nowMs;
    const isSlow = await examine(credentials, {
      webhooks: [slow.url],
      clock: () => (time += 6000),
    });
    const nowhere = await examine(credentials, { webhooks: ['http://127.0.0.1:1/voice'] });

    expect(told(tooSlow)).toEqual(['endpoint-too-slow']);
    expect(isSlow.findings).toMatchObject([
      { rule: 'endpoint-slow', values: { seconds: expect.any(Number) as number, limit: 15 } },
    ]);
    expect(told(nowhere)).toEqual(['endpoint-unreachable']);
  });

  it('is asked without a signature only where no auth token is known, and this is said', async () => {
    await using open = await startWebhook((_, response) => answerXml(response, twiml));
    await using closed = await startWebhook(refusing((response) => answerXml(response, twiml)));

    const report = await examine('', { webhooks: [open.url, closed.url] });

    expect(told(report)).toEqual(['endpoint-forgeable']);
    expect(report.omissions).toEqual([{ part: 'signed-requests' }]);
  });
});

/** Answers as Twilio's API documentation has it: usage/twilios-response, usage/api/applications. */
function startTwilio(resources: Readonly<Record<string, object>>): Promise<LocalServer> {
  const basic = `Basic ${Buffer.from(`${account}:${authToken}`).toString('base64')}`;
  return startServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const path = (request.url ?? '').replace(/\?PageSize=1000$/, '');
    const found = resources[path];
    const [status, body] =
      request.headers.authorization !== basic
        ? [401, { code: 20003, message: 'Authenticate', status: 401 }]
        : found === undefined
          ? [404, { code: 20404, message: `${path} was not found`, status: 404 }]
          : [200, found];
    response.writeHead(status).end(JSON.stringify(body));
  });
}

const api = `/2010-04-01/Accounts/${account}`;
const twilioHas = (applications: readonly object[] = []): Record<string, object> => ({
  [`${api}.json`]: { sid: account },
  [`${api}/Applications.json`]: { applications, next_page_uri: null },
  [`${api}/IncomingPhoneNumbers.json`]: {
    incoming_phone_numbers: [
      { phone_number: '+15550001111', voice_url: '', voice_application_sid: null, trunk_sid: null },
      { phone_number: '+15550005555', voice_url: '', sms_url: 'https://shop.example.com/sms' },
      { phone_number: '+15550006666', voice_url: '', capabilities: { voice: false, sms: true } },
      { phone_number: '+15550007777', voice_url: '' },
    ],
    next_page_uri: `${api}/IncomingPhoneNumbers.json?Page=1`,
  },
  [`${api}/IncomingPhoneNumbers.json?Page=1`]: {
    incoming_phone_numbers: [
      { phone_number: '+15550002222', voice_url: '', voice_application_sid: `AP${hex}` },
    ],
    next_page_uri: null,
  },
  [`${api}/Applications/AP${hex}.json`]: { sid: `AP${hex}`, voice_url: null },
  [`/v1/Conversations/CH${hex}`]: { sid: `CH${hex}` },
  [`${api}/OutgoingCallerIds.json?PhoneNumber=%2B15550008888`]: {
    outgoing_caller_ids: [{ phone_number: '+15550008888' }],
  },
  '/v1/Configuration/Addresses/%2B15550007777': { sid: `IG${hex}`, type: 'sms' },
});

describe('Twilio', () => {
  it('is asked for the SIDs and numbers of variables, and has no Conductors', async () => {
    await using server = await startTwilio(twilioHas());
    const env = `${credentials}CONVERSATION_SID=CH${hex}
CONDUCTOR_SID=CN${hex}
VOICE_APP_SID=AP${hex}
OTHER_APP_SID=AP0a1b${hex.slice(4)}
VERIFY_SERVICE_SID=VA${hex}
TWILIO_FROM=+15550001111
TWILIO_CALLER_ID=+15550002222
TWILIO_PHONE_NUMBER=+15550003333
SUPPORT_PHONE=+15550004444
SHOP_CALLER_ID=+15550008888
TWILIO_SMS_NUMBER=+15550005555
TWILIO_SMS_ONLY=+15550006666
TWILIO_CONVERSATIONS_NUMBER=+15550007777
`;

    const report = await examine(env, { online: { url: server.url } });

    expect(told(report)).toEqual([
      'live-no-conductors CONDUCTOR_SID',
      'live-application-without-url VOICE_APP_SID',
      'live-sid-missing OTHER_APP_SID',
      'live-number-unbound TWILIO_FROM',
      'live-number-missing TWILIO_PHONE_NUMBER',
    ]);
    expect(report.findings[0]).toMatchObject({ place: { file: '.env', line: 4 } });
    expect(report.omissions).toEqual([{ part: 'sids', names: ['VERIFY_SERVICE_SID'] }]);
    expect(server.asked.some((line) => line.includes('Conductors'))).toBe(false);
  });

  it('names the voice URLs, which are asked then', async () => {
    await using webhook = await startWebhook((_, response) => answerXml(response, twiml));
    const voice = { voice_url: `${webhook.url}/voice`, voice_method: 'GET' };
    await using server = await startTwilio(twilioHas([voice, voice, { voice_url: '' }]));

    const report = await examine(credentials, { online: { url: server.url } });

    expect(told(report)).toEqual(['endpoint-forgeable', 'endpoint-forgeable']);
    expect(report.webhooks).toBe(1);
    expect(webhook.asked).toHaveLength(3);
    expect(webhook.asked[0]).toMatch(/^GET \/voice\?AccountSid=AC/);
  });

  it('that refuses the credentials is told of where they stand', async () => {
    await using server = await startTwilio({});

    const report = await examine(credentials.replace('=0123', '=0000'), {
      online: { url: server.url },
    });

    expect(report.findings).toMatchObject([
      { rule: 'live-credentials-refused', values: { status: 401 }, place: { file: '.env' } },
    ]);
  });

  it('that cannot be reached, or for which there are no credentials, is said to be so', async () => {
    const unreached = await examine(credentials, { online: { url: 'http://127.0.0.1:1' } });
    const nobody = await examine('', { online: {} });

    expect(unreached.omissions).toMatchObject([
      { part: 'server', name: 'http://127.0.0.1:1', cannot: expect.any(String) as string },
    ]);
    expect(nobody.omissions).toEqual([{ part: 'credentials', cannot: 'no credentials' }]);
  });
});

it('is offline unless told otherwise, and says so', async () => {
  const report = await examine(credentials, {});

  expect(report.omissions).toEqual([{ part: 'offline' }]);
  expect(tellPeople(report, 'en')).toContain('Left out the live server and webhooks');
});
