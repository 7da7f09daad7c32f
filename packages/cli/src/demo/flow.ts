import type { PhoneCall } from '@tutti/testkit';
import { runSample } from './run-sample.ts';
import { expect, type Stage } from './stage.ts';
import { customerNumber, ourNumber, visitorNumber, type World } from './world.ts';

/** The SIDs of the flow, for the wrong turns. */
export interface Cast {
  readonly conversationSid: string;
  readonly conductorSid: string;
  readonly applicationSid: string;
}

const events = [
  'onMessageAdded',
  'onParticipantAdded',
  'onConductorAdded',
  'onCallAdded',
  'onCallUpdated',
  'onCallRemoved',
];
const withWebhooks = { xTwilioWebhookEnabled: 'true' as const };
/** TwiML of the voice app: a word, then the conversation. */
const twiml = '<Response><Play digits="1"/><Connect><Conversation/></Connect></Response>';

/** Create a conversation, add participants, get the Conductor SID, place the call, bind it, hear the webhooks. */
export async function playFlow(stage: Stage, world: World): Promise<Cast | undefined> {
  const { client, webhooks } = world;
  const { v1 } = client.conversations;

  stage.heading('The flow');
  const app = await stage.step('create a voice app and a number', async () => {
    webhooks.reply('/voice', twiml);
    const application = await client.applications.create({
      friendlyName: 'Desk',
      voiceUrl: webhooks.at('/voice'),
    });
    const number = await client.incomingPhoneNumbers.create({
      phoneNumber: ourNumber,
      voiceApplicationSid: application.sid,
    });
    return {
      shows: [`Application SID  ${application.sid}`, `number           ${number.phoneNumber}`],
      value: application.sid,
    };
  });
  if (app === undefined) return undefined;

  const conversation = await stage.step('create a conversation, listen to its events', async () => {
    const { sid } = await v1.conversations.create({ friendlyName: 'Order 4711' });
    await v1.conversations(sid).webhooks.create({
      target: 'webhook',
      'configuration.url': webhooks.at('/events'),
      'configuration.filters': events,
    });
    return { shows: [`Conversation SID ${sid}`], value: sid };
  });
  if (conversation === undefined) return undefined;
  const own = v1.conversations(conversation.value);

  const conductor = await stage.step('create its Conductor, which binds calls to it', async () => {
    const { sid, status } = await own.conductors.create({
      applicationSid: app.value,
      proxyAddress: ourNumber,
      transcribe: 'dtmf',
      ...withWebhooks,
    });
    expect(status === 'ready', `the Conductor is ${status}, not ready`);
    return { shows: [`Conductor SID    ${sid}`], value: sid };
  });
  if (conductor === undefined) return undefined;

  await stage.step('add a chat participant and a voice participant', async () => {
    const alice = await own.participants.create({ identity: 'alice', ...withWebhooks });
    const phone = await own.participants.create({
      'voiceBinding.address': customerNumber,
      'voiceBinding.proxyAddress': ourNumber,
      'voiceBinding.conductorSid': conductor.value,
      ...withWebhooks,
    });
    expect(
      phone.voiceBinding?.conductor_sid === conductor.value,
      'the voice binding names another Conductor',
    );
    return {
      shows: [`alice            ${alice.sid}`, `${customerNumber}     ${phone.sid}`],
      value: undefined,
    };
  });

  const outbound = await stage.step(
    'place a call by the Voice API, bound by its Conductor SID',
    async () => {
      const call = await client.calls.create({
        to: customerNumber,
        from: ourNumber,
        conductorSid: conductor.value,
        statusCallback: webhooks.at('/status'),
        statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      });
      const ringing = await world.customer.nextCall();
      ringing.ring();
      const answered = await ringing.answer();
      await answered.hears({ digits: '1' });
      const fetched = await webhooks.next('/voice');
      expect(fetched.signatureValid, 'the signature of the TwiML request is wrong');
      expect(
        fetched.parameters['ConversationSid'] === conversation.value,
        'the TwiML request does not name the conversation',
      );
      return {
        shows: [
          `Call SID         ${call.sid}`,
          `the phone rang, was answered and heard the app's document (signed, with ConversationSid)`,
        ],
        value: { sid: call.sid, phone: answered },
      };
    },
  );
  if (outbound === undefined) return undefined;

  const inbound = await stage.step(
    'a second phone calls the number and joins the same Conductor',
    async () => {
      const dialled = await world.visitor.dial(ourNumber);
      await dialled.hears({ digits: '1' });
      return { shows: [`${visitorNumber} → ${ourNumber}`], value: dialled };
    },
  );
  if (inbound === undefined) return undefined;

  await stage.step('they hear each other', async () => ({
    shows: [
      await talk(outbound.value.phone, inbound.value, 1000),
      await talk(inbound.value, outbound.value.phone, 700),
    ],
    value: undefined,
  }));

  await stage.step('alice writes, the caller keys 42#: both are in the chat', async () => {
    await own.messages.create({ author: 'alice', body: 'Your order number?', ...withWebhooks });
    await inbound.value.key('42#');
    const keyed = await webhooks.next((caught) => caught.parameters['Body'] === '42#');
    expect(keyed.signatureValid, 'the signature of onMessageAdded is wrong');
    const messages = await own.messages.list();
    return { shows: messages.map(({ author, body }) => `${author}: ${body}`), value: undefined };
  });

  await stage.step('which conversation is this call in? One request', async () => {
    const [found] = await v1.conductors.list({ callSid: outbound.value.sid });
    expect(found?.conversationSid === conversation.value, 'another conversation was named');
    return {
      shows: [`GET /v1/Conductors?CallSid=${outbound.value.sid} → ${found.conversationSid}`],
      value: undefined,
    };
  });

  await stage.step(
    'hang up; status call-backs and conversation webhooks arrive, signed',
    async () => {
      await outbound.value.phone.hangUp();
      await inbound.value.hangUp();
      const shows: string[] = [];
      for (const [index, status] of [
        'initiated',
        'ringing',
        'in-progress',
        'completed',
      ].entries()) {
        const caught = await webhooks.next(
          ({ path, parameters }) => path === '/status' && parameters['CallStatus'] === status,
        );
        expect(caught.signatureValid, `the signature of ${status} is wrong`);
        expect(
          caught.parameters['SequenceNumber'] === String(index),
          `${status} is out of sequence`,
        );
        shows.push(`${caught.parameters['SequenceNumber'] ?? ''} ${status}`);
      }
      await world.server.settled();
      for (const event of events) {
        const caught = webhooks.caught.filter(
          ({ parameters }) => parameters['EventType'] === event,
        );
        expect(caught.length > 0, `${event} did not arrive`);
        expect(
          caught.every(({ signatureValid }) => signatureValid),
          `a signature of ${event} is wrong`,
        );
        shows.push(`${event} × ${caught.length}`);
      }
      return { shows: [shows.slice(0, 4).join(', '), shows.slice(4).join(', ')], value: undefined };
    },
  );

  await stage.step('chat and calls in one timeline', async () => {
    const timeline = await own.timeline.list();
    const kinds = new Set(timeline.map(({ kind }) => kind));
    for (const kind of ['message', 'call', 'digits', 'participant', 'conductor']) {
      expect(kinds.has(kind), `the timeline has no ${kind}`);
    }
    const lines = timeline.map(
      ({ kind, event, resourceSid }) => `${kind.padEnd(12)} ${event.padEnd(12)} ${resourceSid}`,
    );
    return { shows: lines, value: undefined };
  });

  await stage.step("the question's own sample code, unmodified, by tutti run", async () => {
    const result = await runSample(world, {
      CONVERSATION_SID: conversation.value,
      CONDUCTOR_SID: conductor.value,
    });
    const sid = /^MB[0-9a-f]{32}$/m.exec(result.stdout)?.[0];
    expect(sid !== undefined, `it printed no MB… SID: ${result.stdout}${result.stderr}`);
    const { voiceBinding } = await own.participants(sid).fetch();
    expect(voiceBinding?.conductor_sid === conductor.value, 'the participant has no voice binding');
    return {
      shows: [
        `node sample.js → ${sid}`,
        `its voice binding: ${voiceBinding.address} on ${conductor.value}`,
      ],
      value: undefined,
    };
  });

  return {
    conversationSid: conversation.value,
    conductorSid: conductor.value,
    applicationSid: app.value,
  };
}

/** One plays a tone, the other hears it. */
async function talk(from: PhoneCall, to: PhoneCall, tone: number): Promise<string> {
  const playing = from.playTone(tone);
  try {
    await to.hears({ tone });
  } finally {
    playing.stop();
  }
  return `a tone of ${tone} Hz came through`;
}
