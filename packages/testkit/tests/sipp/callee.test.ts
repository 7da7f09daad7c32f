import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished } from 'vitest';
import { startTestServer, type TestServer, type WebhookCatcher } from '../../src/index.ts';
import { itWithSipp, sippAnswers } from './_sipp.ts';

const NUMBER = '+15550001111';
const CALLEE = '+15557654321';
const keys = { username: 'carol', password: 's3cret' };

class Caller {
  readonly tutti: TestServer;
  readonly #hooks: WebhookCatcher;

  constructor(tutti: TestServer, hooks: WebhookCatcher) {
    this.tutti = tutti;
    this.#hooks = hooks;
  }

  /** Places a call, which stays up for ten seconds when answered. */
  async call(to: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const { accountSid } = this.tutti;
    const placed = await this.tutti.request(
      'POST',
      `/2010-04-01/Accounts/${accountSid}/Calls.json`,
      {
        To: to,
        From: NUMBER,
        Twiml: '<Response><Pause length="10"/></Response>',
        StatusCallback: this.#hooks.at('/status'),
        StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
        ...more,
      },
    );
    expect(placed).toMatchObject({ status: 201, body: { status: 'queued' } });
    return String(placed.body['sid']);
  }

  async hangUp(sid: string): Promise<void> {
    await this.tutti.client.calls(sid).update({ status: 'completed' });
  }

  /** What the status callbacks tell next, up to `status`. */
  async toldUpTo(status: string): Promise<string[]> {
    const told: string[] = [];
    while (told.at(-1) !== status) {
      const { parameters, signatureValid } = await this.#hooks.next('/status');
      expect(signatureValid).toBe(true);
      told.push(parameters['CallStatus'] ?? '');
    }
    return told;
  }

  async expectNothingOpen(): Promise<void> {
    await this.tutti.settled();
    const { calls, bridges, legs, dialogs } = this.tutti.server.voiceCounts;
    expect({ calls, bridges, legs, dialogs }).toEqual(nothing);
  }
}

const nothing = { calls: 0, bridges: 0, legs: 0, dialogs: 0 };

async function startCaller(env: Readonly<Record<string, string>> = {}): Promise<Caller> {
  const tutti = await startTestServer({ env });
  onTestFinished(() => tutti.close());
  await tutti.client.incomingPhoneNumbers.create({ phoneNumber: NUMBER });
  return new Caller(tutti, await tutti.webhooks());
}

describe('A call to SIPp', () => {
  itWithSipp.each(['udp', 'tcp'] as const)(
    'is answered, and ended by us, over %s',
    async (transport) => {
      const sipp = await sippAnswers('answers', { transport });
      const caller = await startCaller();

      const sid = await caller.call(sipp.uri);
      expect(await caller.toldUpTo('in-progress')).toEqual(['initiated', 'ringing', 'in-progress']);
      await caller.hangUp(sid);
      await sipp.done;

      expect(await caller.toldUpTo('completed')).toEqual(['completed']);
      await caller.expectNothingOpen();
    },
  );

  itWithSipp('is answered, and ended by SIPp', async () => {
    const sipp = await sippAnswers('hangs-up');
    const caller = await startCaller();

    await caller.call(sipp.uri);
    await sipp.done;

    expect(await caller.toldUpTo('completed')).toEqual([
      'initiated',
      'ringing',
      'in-progress',
      'completed',
    ]);
    await caller.expectNothingOpen();
  });

  itWithSipp.each([
    ['486', 'busy'],
    ['603', 'busy'],
    ['480', 'no-answer'],
    ['503', 'failed'],
  ])('refused with %s is %s', async (sipStatus, status) => {
    const sipp = await sippAnswers(`refuses-${sipStatus}`);
    const caller = await startCaller();

    const sid = await caller.call(sipp.uri);
    await sipp.done;

    expect(await caller.toldUpTo(status)).toEqual(['initiated', status]);
    expect(await caller.tutti.client.calls(sid).fetch()).toMatchObject({
      status,
      startTime: expect.any(Date),
    });
    await caller.expectNothingOpen();
  });

  itWithSipp('that nobody answers is canceled after Timeout', async () => {
    const sipp = await sippAnswers('never-answers');
    const caller = await startCaller();

    await caller.call(sipp.uri, { Timeout: '1' });
    await sipp.done;

    expect(await caller.toldUpTo('no-answer')).toEqual(['initiated', 'ringing', 'no-answer']);
    await caller.expectNothingOpen();
  });

  itWithSipp('that is canceled while it rings ends with 487', async () => {
    const sipp = await sippAnswers('never-answers');
    const caller = await startCaller();

    const sid = await caller.call(sipp.uri);
    expect(await caller.toldUpTo('ringing')).toEqual(['initiated', 'ringing']);
    await caller.tutti.client.calls(sid).update({ status: 'canceled' });
    await sipp.done;

    expect(await caller.toldUpTo('canceled')).toEqual(['canceled']);
    await caller.expectNothingOpen();
  });

  itWithSipp('that is answered in the moment it is canceled is hung up', async () => {
    const sipp = await sippAnswers('answers-canceled');
    const caller = await startCaller();

    const sid = await caller.call(sipp.uri);
    expect(await caller.toldUpTo('ringing')).toEqual(['initiated', 'ringing']);
    await caller.tutti.client.calls(sid).update({ status: 'canceled' });
    await sipp.done;

    expect(await caller.toldUpTo('canceled')).toEqual(['canceled']);
    await caller.expectNothingOpen();
  });

  itWithSipp('lives on through a re-INVITE of SIPp', async () => {
    const sipp = await sippAnswers('reinvites');
    const caller = await startCaller();

    const sid = await caller.call(sipp.uri, {
      Twiml: '<Response><Pause length="2"/></Response>',
    });
    await sipp.done;

    expect(await caller.toldUpTo('completed')).toEqual([
      'initiated',
      'ringing',
      'in-progress',
      'completed',
    ]);
    expect(await caller.tutti.client.calls(sid).fetch()).toMatchObject({ status: 'completed' });
    await caller.expectNothingOpen();
  });
});

describe('A call to SIPp', () => {
  itWithSipp('that rings with sound of its own (183) is ringing, then answered', async () => {
    const sipp = await sippAnswers('early-media');
    const caller = await startCaller();

    const sid = await caller.call(sipp.uri);
    expect(await caller.toldUpTo('in-progress')).toEqual(['initiated', 'ringing', 'in-progress']);
    await caller.hangUp(sid);
    await sipp.done;

    expect(await caller.toldUpTo('completed')).toEqual(['completed']);
    await caller.expectNothingOpen();
  });

  itWithSipp(
    'that two phones answer belongs to the first, and the second is hung up on',
    async () => {
      const sipp = await sippAnswers('forks', { repeats: true });
      const caller = await startCaller();

      const sid = await caller.call(sipp.uri);
      expect(await caller.toldUpTo('in-progress')).toEqual(['initiated', 'ringing', 'in-progress']);
      await expect.poll(() => sipp.messages()).toContain('To: <sip:sipp@127.0.0.1');
      await expect.poll(() => sipp.messages()).toMatch(/BYE [^]*tag=second/);
      await caller.hangUp(sid);
      await sipp.done;

      expect(await caller.toldUpTo('completed')).toEqual(['completed']);
      await caller.expectNothingOpen();
    },
  );

  itWithSipp('whose 200 comes twice sends its ACK twice', async () => {
    const sipp = await sippAnswers('repeats-200', { repeats: true });
    const caller = await startCaller();

    const sid = await caller.call(sipp.uri);
    await caller.toldUpTo('in-progress');
    await expect.poll(async () => (await sipp.messages()).match(/^ACK /gm)).toHaveLength(2);
    await caller.hangUp(sid);
    await sipp.done;

    expect(await caller.toldUpTo('completed')).toEqual(['completed']);
    await caller.expectNothingOpen();
  });

  itWithSipp('that sends back what it hears lets the caller hear himself', async () => {
    const sipp = await sippAnswers('answers', { echo: true });
    const caller = await startCaller();
    const bob = await caller.tutti.phone(CALLEE);

    await caller.call(CALLEE, {
      Twiml: `<Response><Dial><Sip>${sipp.uri}</Sip></Dial></Response>`,
    });
    const call = await (await bob.nextCall()).answer();
    call.playTone(1100);
    await call.hears({ tone: 1100 });
    await call.hangUp();
    await sipp.done;

    await caller.toldUpTo('completed');
    await caller.expectNothingOpen();
  });

  itWithSipp('that is never heard of again ends with alert 32014', async () => {
    const sipp = await sippAnswers('vanishes');
    const caller = await startCaller({ TUTTI_SILENCE_SECONDS: '1' });

    await caller.call(sipp.uri);
    await sipp.done;

    expect(await caller.toldUpTo('completed')).toEqual(['initiated', 'in-progress', 'completed']);
    const [alert] = await caller.tutti.client.monitor.v1.alerts.list({ limit: 1 });
    expect(alert).toMatchObject({ errorCode: '32014' });
  });
});

/** That one of the messages has the right `Proxy-Authorization`, worked out by RFC 2617 §3.2.2. */
function expectProved(messages: string): void {
  const line = /^Proxy-Authorization: Digest (.+?)\r?$/m.exec(messages)?.[1];
  expect(line).toBeDefined();
  const pairs = [...(line ?? '').matchAll(/(\w+)="?([^",]*)"?/g)];
  const given = Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const secret = md5(`${keys.username}:sipp.test:${keys.password}`);
  const request = md5(`INVITE:${given['uri'] ?? ''}`);
  expect(given).toMatchObject({
    username: keys.username,
    realm: 'sipp.test',
    response: md5(`${secret}:${given['nonce'] ?? ''}:${request}`),
  });
}

describe('A challenge of SIPp', () => {
  // SIPp itself checks what comes after 401.
  itWithSipp('is met by SipAuthUsername and SipAuthPassword', async () => {
    const sipp = await sippAnswers('challenges-401', { keys });
    const caller = await startCaller();

    const sid = await caller.call(sipp.uri, {
      SipAuthUsername: keys.username,
      SipAuthPassword: keys.password,
    });
    await caller.toldUpTo('in-progress');
    await caller.hangUp(sid);
    await sipp.done;

    expect(await caller.toldUpTo('completed')).toEqual(['completed']);
    await caller.expectNothingOpen();
  });

  itWithSipp('is not met by a wrong password', async () => {
    const sipp = await sippAnswers('challenges-401', { keys });
    const caller = await startCaller();

    await caller.call(sipp.uri, { SipAuthUsername: keys.username, SipAuthPassword: 'wrong' });

    expect(await caller.toldUpTo('failed')).toEqual(['initiated', 'failed']);
    await caller.expectNothingOpen();
  });

  itWithSipp('of a proxy on the way is met by them too', async () => {
    const sipp = await sippAnswers('challenges-407');
    const caller = await startCaller();

    const sid = await caller.call(sipp.uri, {
      SipAuthUsername: keys.username,
      SipAuthPassword: keys.password,
    });
    await caller.toldUpTo('in-progress');
    await caller.hangUp(sid);
    await sipp.done;

    expectProved(await sipp.messages());
    expect(await caller.toldUpTo('completed')).toEqual(['completed']);
  });

  itWithSipp('of a trunk is met by the credentials of TUTTI_SIP_TRUNK', async () => {
    const sipp = await sippAnswers('challenges-407');
    const caller = await startCaller({
      TUTTI_SIP_TRUNK: `sip:127.0.0.1:${sipp.port}`,
      TUTTI_SIP_TRUNK_USERNAME: keys.username,
      TUTTI_SIP_TRUNK_PASSWORD: keys.password,
    });

    const sid = await caller.call(CALLEE);
    await caller.toldUpTo('in-progress');
    await caller.hangUp(sid);
    await sipp.done;

    expectProved(await sipp.messages());
    expect(await caller.toldUpTo('completed')).toEqual(['completed']);
    await caller.expectNothingOpen();
  });

  itWithSipp('that is never satisfied ends the call after one more try', async () => {
    const sipp = await sippAnswers('never-satisfied');
    const caller = await startCaller();

    await caller.call(sipp.uri, { SipAuthUsername: 'carol', SipAuthPassword: 'wrong' });
    await sipp.done;

    expect(await caller.toldUpTo('failed')).toEqual(['initiated', 'failed']);
    await caller.expectNothingOpen();
  });

  itWithSipp('without credentials to give ends the call', async () => {
    const sipp = await sippAnswers('refuses-401');
    const caller = await startCaller();

    await caller.call(sipp.uri);
    await sipp.done;

    expect(await caller.toldUpTo('failed')).toEqual(['initiated', 'failed']);
    await caller.expectNothingOpen();
  });
});
