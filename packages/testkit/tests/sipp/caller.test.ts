import { describe, expect, onTestFinished } from 'vitest';
import { startTestServer, type TestServer, type WebhookCatcher } from '../../src/index.ts';
import { hearEachOther } from '../voice/_world.ts';
import { itWithSipp, sippCalls } from './_sipp.ts';

const NUMBER = '+15550001111';
const CALLER = '+15557654321';
const keys = { caller: CALLER };

/** A server with one number, whose calls get `twiml`. */
async function serverWithNumber(
  twiml: string,
): Promise<{ readonly tutti: TestServer; readonly hooks: WebhookCatcher }> {
  const tutti = await startTestServer();
  onTestFinished(() => tutti.close());
  const hooks = await tutti.webhooks();
  hooks.reply('/voice', `<Response>${twiml}</Response>`);
  await tutti.client.incomingPhoneNumbers.create({
    phoneNumber: NUMBER,
    voiceUrl: hooks.at('/voice'),
    statusCallback: hooks.at('/status'),
  });
  return { tutti, hooks };
}

/** What is left open once everything is told. */
async function leftOpen({ server }: TestServer): Promise<Record<string, number>> {
  await server.settled();
  const { calls, bridges, legs, dialogs } = server.voiceCounts;
  return { calls, bridges, legs, dialogs };
}

const nothing = { calls: 0, bridges: 0, legs: 0, dialogs: 0 };

describe('SIPp calls a number', () => {
  itWithSipp('and is answered, and hangs up', async () => {
    const { tutti, hooks } = await serverWithNumber('<Gather timeout="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'answered', { keys });
    await sipp.done;

    expect(await hooks.next('/voice')).toMatchObject({
      parameters: { From: CALLER, To: NUMBER, CallStatus: 'ringing', Direction: 'inbound' },
    });
    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'completed' } });
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp('over TCP', async () => {
    const { tutti, hooks } = await serverWithNumber('<Gather timeout="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'answered', { keys, transport: 'tcp' });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'completed' } });
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp('and is hung up on at the end of the document', async () => {
    const { tutti, hooks } = await serverWithNumber('<Play digits="1"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'hung-up', { keys });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'completed' } });
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp('after asking OPTIONS, as trunks do', async () => {
    const { tutti, hooks } = await serverWithNumber('<Gather timeout="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'options-first', { keys });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'completed' } });
  });

  itWithSipp('without an offer, and answers ours in its ACK', async () => {
    const { tutti, hooks } = await serverWithNumber('<Gather timeout="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'delayed-offer', { keys });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'completed' } });
  });

  itWithSipp('and its echo brings back the keys that were sent', async () => {
    const { tutti, hooks } = await serverWithNumber(
      '<Gather bargeIn="false" timeout="5" action="/keys"><Play digits="42#"/></Gather>',
    );
    hooks.reply('/keys', '<Response><Hangup/></Response>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'hung-up', { keys, echo: true });
    await sipp.done;

    // The key # ends what is gathered, so both keys before it came back.
    expect(await hooks.next('/keys')).toMatchObject({
      parameters: { Digits: '42', FinishedOnKey: '#' },
    });
  });

  itWithSipp('sending its INVITE four times, and it is one call', async () => {
    const { tutti, hooks } = await serverWithNumber('<Gather timeout="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'retransmitted', { keys, tolerant: true });
    await sipp.done;
    await hooks.next('/status');

    expect(await tutti.client.calls.list()).toHaveLength(1);
    expect(hooks.caught.filter(({ path }) => path === '/voice')).toHaveLength(1);
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp('and is late with its ACK, so the 200 comes again', async () => {
    const { tutti, hooks } = await serverWithNumber('<Gather timeout="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'late-ack', { keys, repeats: true });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'completed' } });
    expect(await tutti.client.calls.list()).toHaveLength(1);
  });

  itWithSipp('and gives up while it rings', async () => {
    const { tutti, hooks } = await serverWithNumber('<Pause length="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'canceled', { keys });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'canceled' } });
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp.each([
    ['<Reject reason="busy"/>', '486', 'busy'],
    ['<Reject/>', '603', 'no-answer'],
  ])('that rejects it: %s', async (twiml, sipStatus, status) => {
    const { tutti, hooks } = await serverWithNumber(twiml);

    const sipp = await sippCalls(tutti.sip, NUMBER, `refused-${sipStatus}`, { keys });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: status } });
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp('that nobody has, and an alert says what to do', async () => {
    const { tutti } = await serverWithNumber('<Hangup/>');

    const sipp = await sippCalls(tutti.sip, '+15559998888', 'refused-404', { keys });
    await sipp.done;

    const [alert] = await tutti.client.monitor.v1.alerts.list({ limit: 1 });
    expect(alert).toMatchObject({ errorCode: '75017', logLevel: 'error' });
    expect(alert?.alertText).toContain('+15559998888');
    expect(await tutti.client.calls.list()).toEqual([]);
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp('with a codec that nobody here speaks', async () => {
    const { tutti } = await serverWithNumber('<Hangup/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'no-codec', { keys });
    await sipp.done;

    await expect
      .poll(() => tutti.client.monitor.v1.alerts.list({ limit: 1 }))
      .toMatchObject([{ errorCode: '32102', logLevel: 'warning' }]);
    expect(await tutti.client.calls.list()).toEqual([]);
    expect(await leftOpen(tutti)).toEqual(nothing);
  });
});

describe('SIPp in a call', () => {
  itWithSipp('holds it by re-INVITE, each way there is, and resumes it', async () => {
    const { tutti, hooks } = await serverWithNumber('<Gather timeout="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'holds', { keys });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'completed' } });
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp('changes the codec; to one that nobody has it cannot, and goes on', async () => {
    const { tutti, hooks } = await serverWithNumber('<Gather timeout="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'changes-codec', { keys });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'completed' } });
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp.each(['udp', 'tcp'] as const)(
    'transfers it over %s: is told by NOTIFY, and hung up on, while two others talk',
    async (transport) => {
      const [bob, carol] = ['+15557654322', '+15557654323'];
      const { tutti, hooks } = await serverWithNumber(`<Dial referUrl="/refer">${bob}</Dial>`);
      hooks.reply('/refer', `<Response><Dial>${carol}</Dial></Response>`);
      const [bobs, carols] = [await tutti.phone(bob), await tutti.phone(carol)];

      const sipp = await sippCalls(tutti.sip, NUMBER, 'transfers', {
        keys: { ...keys, refer_to: `${carol}@127.0.0.1` },
        transport,
      });
      const first = await (await bobs.nextCall()).answer();
      await sipp.done;

      expect(await hooks.next('/refer')).toMatchObject({
        parameters: { ReferTransferTarget: `sip:${carol}@127.0.0.1`, From: CALLER, To: bob },
      });
      expect(await hooks.next('/status')).toMatchObject({
        parameters: { From: CALLER, CallStatus: 'completed' },
      });
      const second = await (await carols.nextCall()).answer();
      await hearEachOther(first, second);
      await second.hangUp();
      expect(await first.ended).toEqual({ by: 'peer' });
      await expect.poll(() => leftOpen(tutti)).toEqual(nothing);
    },
  );

  itWithSipp('wants to transfer it: declined, and 400 when it does not say to whom', async () => {
    const { tutti, hooks } = await serverWithNumber('<Gather timeout="10"/>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'refers', {
      keys: { ...keys, refer_to: '+15550009999@127.0.0.1' },
    });
    await sipp.done;

    expect(await hooks.next('/status')).toMatchObject({ parameters: { CallStatus: 'completed' } });
    expect(await leftOpen(tutti)).toEqual(nothing);
  });

  itWithSipp('presses keys by INFO', async () => {
    const { tutti, hooks } = await serverWithNumber(
      '<Gather timeout="10" numDigits="2" action="/pressed"/>',
    );
    hooks.reply('/pressed', '<Response><Hangup/></Response>');

    const sipp = await sippCalls(tutti.sip, NUMBER, 'keys-by-info', { keys });
    await sipp.done;

    expect(await hooks.next('/pressed')).toMatchObject({ parameters: { Digits: '42' } });
    expect(await leftOpen(tutti)).toEqual(nothing);
  });
});

describe('SIPp registers', () => {
  itWithSipp('by digest, is told for how long, and leaves', async () => {
    const tutti = await startTestServer();
    onTestFinished(() => tutti.close());
    const credentials = { username: tutti.accountSid, password: tutti.authToken };

    const sipp = await sippCalls(tutti.sip, CALLER, 'registers', { keys, credentials });
    await sipp.done;
  });

  itWithSipp('not with a wrong password', async () => {
    const tutti = await startTestServer();
    onTestFinished(() => tutti.close());

    const credentials = { username: tutti.accountSid, password: 'wrong' };
    const sipp = await sippCalls(tutti.sip, CALLER, 'registers-wrongly', { keys, credentials });
    await sipp.done;
  });
});
