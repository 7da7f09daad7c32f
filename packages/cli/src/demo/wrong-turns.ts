import { counted } from '../counted.ts';
import type { Cast } from './flow.ts';
import { runSample } from './run-sample.ts';
import { expect, type Shown, type Stage } from './stage.ts';
import { customerNumber, ourNumber, type World } from './world.ts';

/** What a refusal of the API looks like to the official client. */
interface Refusal {
  readonly code: number;
  readonly status: number;
  readonly message: string;
}

/** Every way to pass the wrong SID: each refused, explained, alerted, and nothing changed. */
export async function playWrongTurns(stage: Stage, world: World, cast: Cast): Promise<void> {
  const { client } = world;
  const { v1 } = client.conversations;
  const { applicationSid, conductorSid, conversationSid } = cast;
  const call = { to: customerNumber, from: ourNumber };

  stage.heading('The wrong turns');
  const before = await countEverything(world, conversationSid);

  const turn = (title: string, code: number, attempt: () => Promise<unknown>): Promise<unknown> =>
    stage.step(title, () => refused(world, code, attempt));

  await turn('the App SID where the Conductor SID belongs', 75_002, () =>
    client.calls.create({ ...call, conductorSid: applicationSid }),
  );
  const other = await v1.conversations.create({ friendlyName: 'Another order' });
  await turn('a Conductor of another conversation', 75_003, () =>
    v1.conversations(other.sid).participants.create({
      'voiceBinding.address': '+15550001111',
      'voiceBinding.conductorSid': conductorSid,
    }),
  );
  await turn('a Conductor that does not exist', 75_001, () =>
    client.calls.create({ ...call, conductorSid: 'CN3f8a1c5e9b2d4f60718293a4b5c6d7e8' }),
  );
  await turn('a SID with a typing error', 75_007, () =>
    client.calls.create({
      ...call,
      conductorSid: `${conductorSid.slice(0, 20)}z${conductorSid.slice(21)}`,
    }),
  );
  const unrelated = await client.applications.create({
    friendlyName: 'Unrelated',
    voiceUrl: world.webhooks.at('/voice'),
  });
  await turn('an App and a Conductor that are not bound to each other', 75_004, () =>
    client.calls.create({ ...call, applicationSid: unrelated.sid, conductorSid }),
  );

  await stage.step("the documentation's placeholder, in the question's own sample", async () => {
    const { stderr } = await runSample(world, {
      CONVERSATION_SID: conversationSid,
      CONDUCTOR_SID: '',
    });
    const { stderr: withPlaceholder } = await runSample(world, {
      CONVERSATION_SID: conversationSid,
      CONDUCTOR_SID: `CN${'X'.repeat(32)}`,
    });
    expect(stderr !== '', 'the sample printed no error');
    expect(withPlaceholder.includes('75008'), `the sample printed: ${withPlaceholder}`);
    const alert = await newestAlert(world, 75_008);
    return { shows: [alert.text, `alert ${alert.sid}`], value: undefined };
  });

  await stage.step('a parameter that nobody reads', async () => {
    const answer = await world.server.request(
      'POST',
      `/v1/Conversations/${conversationSid}/Participants`,
      {
        Identity: 'bob',
        'VoiceBinding.ConductorsSid': conductorSid,
      },
    );
    const warning = answer.headers['tutti-warning'] ?? '';
    expect(
      answer.status === 201 && warning.startsWith('75010'),
      `answered ${answer.status} ${warning}`,
    );
    const alert = await newestAlert(world, 75_010);
    await v1.conversations(conversationSid).participants('bob').remove();
    return {
      shows: [`done, with the header Tutti-Warning: ${warning}`, `alert ${alert.sid}`],
      value: undefined,
    };
  });

  await stage.step('nothing was changed, nobody was dialled', async () => {
    const after = await countEverything(world, conversationSid);
    expect(after === before, `before: ${before}; after: ${after}`);
    return { shows: [after], value: undefined };
  });
}

/** The attempt is refused with `code`, and an alert says so. */
async function refused(
  world: World,
  code: number,
  attempt: () => Promise<unknown>,
): Promise<Shown<undefined>> {
  let refusal: Refusal | undefined;
  try {
    await attempt();
  } catch (error) {
    refusal = error as Refusal;
  }
  expect(refusal !== undefined, 'it was not refused');
  expect(refusal.code === code, `it was refused with ${refusal.code} ${refusal.message}`);
  const alert = await newestAlert(world, code);
  return {
    shows: [`HTTP ${refusal.status}, ${refusal.code}: ${refusal.message}`, `alert ${alert.sid}`],
    value: undefined,
  };
}

async function newestAlert(
  { client }: World,
  code: number,
): Promise<{ readonly sid: string; readonly text: string }> {
  const [alert] = await client.monitor.v1.alerts.list({ limit: 1 });
  expect(
    alert?.errorCode === String(code),
    `the newest alert is ${alert?.errorCode ?? 'none'}, not ${code}`,
  );
  return { sid: alert.sid, text: `${alert.errorCode}: ${alert.alertText}` };
}

async function countEverything({ client }: World, conversationSid: string): Promise<string> {
  const own = client.conversations.v1.conversations(conversationSid);
  const calls = await client.calls.list();
  const participants = await own.participants.list();
  const conductors = await own.conductors.list();
  return [
    counted(calls.length, 'call'),
    counted(participants.length, 'participant'),
    counted(conductors.length, 'Conductor'),
  ].join(', ');
}
