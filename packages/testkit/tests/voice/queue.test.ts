import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startTestServer, type PhoneCall } from '../../src/index.ts';
import { toneWav } from './_sounds.ts';
import { BOB, CAROL, OURS, World, eventually, hearEachOther, twiml, type Json } from './_world.ts';

const ALICE = '+15557654399';
const DAVE = '+15557654398';
const MUSIC_HZ = 262;

/** Documents by caller; who calls our number and has none waits in the queue "support". */
type Documents = Readonly<Record<string, string>>;

const waits = twiml('<Enqueue waitUrl="" action="/left">support</Enqueue>');
const takes = twiml('<Dial action="/dialled"><Queue>support</Queue></Dial>');

/** A world with a line of callers. */
class Line implements AsyncDisposable {
  readonly world: World;

  private constructor(world: World) {
    this.world = world;
  }

  static async open(documents: Documents = {}): Promise<Line> {
    const line = new Line(await World.open());
    const { hooks } = line.world;
    await line.world.answers('');
    hooks.reply('/voice', ({ parameters }) => documents[parameters['From'] ?? ''] ?? waits);
    hooks.reply('/left', twiml('<Play digits="7"/>', '<Hangup/>'));
    hooks.reply('/dialled', twiml('<Play digits="8"/>', '<Hangup/>'));
    hooks.reply('/tone', () => ({
      headers: { 'Content-Type': 'audio/wav' },
      body: toneWav(900, 1000),
    }));
    return line;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }

  async calls(number: string): Promise<PhoneCall> {
    return (await this.world.phone(number)).dial(OURS);
  }

  /** Calls in and waits until there are so many in the queue. */
  async queues(number: string, size: number): Promise<PhoneCall> {
    const call = await this.calls(number);
    await this.size(size);
    return call;
  }

  async queue(): Promise<Json> {
    const { queues } = await this.world.get('/Queues.json');
    return queues.find((queue: Json) => queue.friendly_name === 'support');
  }

  async size(size: number): Promise<void> {
    await eventually(async () => expect(await this.queue()).toMatchObject({ current_size: size }));
  }

  async members(): Promise<Json[]> {
    const { sid } = await this.queue();
    return (await this.world.get(`/Queues/${sid}/Members.json`)).queue_members;
  }

  async sidOf(number: string): Promise<string> {
    const { calls } = await this.world.get('/Calls.json?PageSize=50');
    return calls.find(({ from }: Json) => from === number).sid;
  }

  async told(path: string): Promise<Readonly<Record<string, string>>> {
    return (await this.world.hooks.next(path)).parameters;
  }
}

describe.concurrent('<Enqueue>', () => {
  it('lets who waits hear music, and joins the first to come to who dials the queue', async () => {
    await using line = await Line.open({
      [ALICE]: twiml('<Enqueue action="/left">support</Enqueue>'),
      [CAROL]: takes,
    });
    const alice = await line.queues(ALICE, 1);
    await alice.hears({ tone: MUSIC_HZ });
    const bob = await line.queues(BOB, 2);
    const sids = [await line.sidOf(ALICE), await line.sidOf(BOB)];
    expect(await line.members()).toMatchObject([
      { call_sid: sids[0], position: 1, wait_time: expect.any(Number) },
      { call_sid: sids[1], position: 2 },
    ]);

    const carol = await line.calls(CAROL);
    await hearEachOther(carol, alice);
    expect(await line.members()).toMatchObject([{ call_sid: sids[1], position: 1 }]);
    await alice.key('4');
    await carol.hears({ digits: '4' });
    await carol.hangUp();

    const left = await line.told('/left');
    const { sid: queueSid } = await line.queue();
    expect(left).toMatchObject({
      CallSid: sids[0],
      QueueResult: 'bridged',
      QueueSid: queueSid,
      QueueTime: expect.stringMatching(/^\d+$/),
    });
    await alice.hears({ digits: '7' });
    await bob.hangUp();
    expect(await line.told('/left')).toMatchObject({ CallSid: sids[1], QueueResult: 'hangup' });
    await line.size(0);
    await line.world.quiet();
  });

  it('tells who dials the queue of the one who waited', async () => {
    await using line = await Line.open({ [CAROL]: takes });
    const alice = await line.queues(ALICE, 1);
    const carol = await line.calls(CAROL);
    await hearEachOther(carol, alice);

    await alice.hangUp();

    const { sid: queueSid } = await line.queue();
    const aliceSid = await line.sidOf(ALICE);
    expect(await line.told('/dialled')).toMatchObject({
      DialCallStatus: 'answered',
      DialCallSid: aliceSid,
      DialBridged: 'true',
      QueueSid: queueSid,
      DequeueResult: 'bridged',
      DequeuedCallSid: aliceSid,
      DequeuedCallQueueTime: expect.stringMatching(/^\d+$/),
      DequeuedCallDuration: expect.stringMatching(/^\d+$/),
    });
    await carol.hears({ digits: '8' });
    expect(await line.told('/left')).toMatchObject({ QueueResult: 'bridged' });
  });

  it('runs the document of its waitUrl again and again, and tells it where the call stands', async () => {
    await using line = await Line.open({
      [ALICE]: twiml('<Enqueue waitUrl="/wait">support</Enqueue>'),
    });
    line.world.hooks.reply('/wait', twiml('<Play>/tone</Play>'));

    const alice = await line.queues(ALICE, 1);
    await alice.hears({ tone: 900 });
    const { sid: queueSid } = await line.queue();
    const asked = await line.told('/wait');
    await line.told('/wait');

    expect(asked).toMatchObject({
      CallSid: await line.sidOf(ALICE),
      CallStatus: 'in-progress',
      QueueSid: queueSid,
      QueuePosition: '1',
      QueueTime: '0',
      AvgQueueTime: '0',
      CurrentQueueSize: '1',
      MaxQueueSize: '1000',
    });
  });

  it('asks keys in the document of its waitUrl, and leaves by <Leave> for what comes next', async () => {
    await using line = await Line.open({
      [ALICE]: twiml('<Enqueue waitUrl="/wait">support</Enqueue>', '<Play digits="5"/>'),
    });
    const { hooks } = line.world;
    hooks.reply('/wait', twiml('<Gather numDigits="1" action="/key"><Play>/tone</Play></Gather>'));
    hooks.reply('/key', twiml('<Leave/>'));
    const alice = await line.queues(ALICE, 1);
    await alice.hears({ tone: 900 });

    await alice.key('1');

    expect(await line.told('/key')).toMatchObject({ Digits: '1', QueuePosition: '1' });
    await alice.hears({ digits: '5' });
    expect(await line.queue()).toMatchObject({ current_size: 0 });
  });

  it('tells its action how the call left: by <Leave>, by <Hangup>, by a bad document', async () => {
    const enqueue = (wait: string) =>
      twiml(`<Enqueue waitUrl="${wait}" action="/left">support</Enqueue>`);
    await using line = await Line.open({
      [ALICE]: enqueue('/leave'),
      [BOB]: enqueue('/hangup'),
      [CAROL]: enqueue('/bad'),
    });
    const { hooks } = line.world;
    hooks.reply('/leave', twiml('<Leave/>'));
    hooks.reply('/hangup', twiml('<Hangup/>'));
    hooks.reply('/bad', twiml('<Record/>'));

    const alice = await line.calls(ALICE);
    expect(await line.told('/left')).toMatchObject({ QueueResult: 'leave' });
    await alice.hears({ digits: '7' });
    const bob = await line.calls(BOB);
    expect(await line.told('/left')).toMatchObject({ QueueResult: 'hangup' });
    await bob.ended;
    const carol = await line.calls(CAROL);
    expect(await line.told('/left')).toMatchObject({ QueueResult: 'error' });
    await carol.hears({ digits: '7' });
    expect(await line.world.alert(14_202)).toContain('<Record>');
  });

  it('says that the queue is full, by its size and by maxQueueSize', async () => {
    await using line = await Line.open({
      [BOB]: twiml('<Enqueue maxQueueSize="1" action="/left">support</Enqueue>'),
    });
    const alice = await line.queues(ALICE, 1);

    const bob = await line.calls(BOB);
    const refused = await line.told('/left');
    await bob.hears({ digits: '7' });
    const { sid } = await line.queue();
    await line.world.post(`/Queues/${sid}.json`, { MaxSize: '1' });
    await line.calls(CAROL);

    expect(refused).toMatchObject({ QueueResult: 'queue-full' });
    expect(refused).not.toHaveProperty('QueueSid');
    expect(await line.told('/left')).toMatchObject({ QueueResult: 'queue-full' });
    expect(await line.world.alert(14_207)).toContain('at most 1');
    await alice.hangUp();
  });

  it('is left by a redirect of the call, and from the bridge as well', async () => {
    await using line = await Line.open({ [CAROL]: takes });
    const alice = await line.queues(ALICE, 1);
    await line.world.update(await line.sidOf(ALICE), { Twiml: twiml('<Play digits="6"/>') });
    expect(await line.told('/left')).toMatchObject({ QueueResult: 'redirected' });
    await alice.hears({ digits: '6' });
    await line.size(0);

    const bob = await line.queues(BOB, 1);
    const carol = await line.calls(CAROL);
    await hearEachOther(carol, bob);
    await line.world.update(await line.sidOf(BOB), { Twiml: twiml('<Play digits="6"/>') });

    expect(await line.told('/left')).toMatchObject({ QueueResult: 'redirected-from-bridged' });
    await bob.hears({ digits: '6' });
    await carol.hears({ digits: '8' });
  });

  it('says that it cannot do TaskRouter', async () => {
    await using line = await Line.open({
      [ALICE]: twiml('<Enqueue workflowSid="WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"/>'),
      [BOB]: twiml('<Dial><Queue reservationSid="WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"/></Dial>'),
    });

    await expect(line.calls(ALICE)).rejects.toThrow('500');
    await expect(line.calls(BOB)).rejects.toThrow('500');

    expect(await line.world.alert(14_226)).toContain('TaskRouter');
    expect(await line.world.alert(14_219)).toContain('TaskRouter');
  });

  it('goes on after a <Leave> that is in no queue, with a warning', async () => {
    await using line = await Line.open({ [ALICE]: twiml('<Leave/>', '<Play digits="5"/>') });

    await (await line.calls(ALICE)).hears({ digits: '5' });

    expect(await line.world.alert(12_200)).toContain('<Leave>');
  });
});

describe.concurrent('<Dial><Queue>', () => {
  it('waits for one to come, and rings meanwhile', async () => {
    await using line = await Line.open({ [CAROL]: takes });
    await line.world.post('/Queues.json', { FriendlyName: 'support' });
    const carol = await line.calls(CAROL);
    await carol.hears({ tone: 440 });

    const alice = await line.calls(ALICE);

    await hearEachOther(carol, alice);
  });

  it('gives up after its timeout, and at once without such a queue', async () => {
    const takesSoon = twiml('<Dial timeout="1" action="/dialled"><Queue>support</Queue></Dial>');
    await using line = await Line.open({ [BOB]: takesSoon, [CAROL]: takes });

    const carol = await line.calls(CAROL);
    expect(await line.told('/dialled')).toMatchObject({
      DialCallStatus: 'failed',
      DialBridged: 'false',
      DequeueResult: 'queue-not-found',
    });
    await carol.hears({ digits: '8' });
    const { sid } = await line.world.post('/Queues.json', { FriendlyName: 'support' });
    await line.calls(BOB);
    expect(await line.told('/dialled')).toMatchObject({
      DialCallStatus: 'no-answer',
      QueueSid: sid,
      DequeueResult: 'queue-empty',
    });
  });

  it('lets the one who waited hear its url first', async () => {
    await using line = await Line.open({
      [CAROL]: twiml('<Dial hangupOnStar="true"><Queue url="/whisper">support</Queue></Dial>'),
    });
    line.world.hooks.reply('/whisper', twiml('<Play>/tone</Play>'));
    const alice = await line.queues(ALICE, 1);

    const carol = await line.calls(CAROL);
    await alice.hears({ tone: 900 });

    expect(await line.told('/whisper')).toMatchObject({
      CallSid: await line.sidOf(ALICE),
      DequeingCallSid: await line.sidOf(CAROL),
      QueueSid: (await line.queue()).sid,
      QueueTime: expect.stringMatching(/^\d+$/),
    });
    await hearEachOther(carol, alice);
    await carol.key('*');
    await alice.hears({ digits: '7' });
  });

  it('presses the keys of <Play digits> for who waits, by its waitUrl and by the url of <Queue>', async () => {
    await using line = await Line.open({
      [ALICE]: twiml('<Enqueue waitUrl="/wait">support</Enqueue>'),
      [CAROL]: twiml('<Dial><Queue url="/whisper">support</Queue></Dial>'),
    });
    line.world.hooks.reply('/wait', twiml('<Play digits="1"/>', '<Pause length="60"/>'));
    line.world.hooks.reply('/whisper', twiml('<Play digits="2"/>'));
    const alice = await line.queues(ALICE, 1);
    await alice.hears({ digits: '1' });

    const carol = await line.calls(CAROL);
    await hearEachOther(carol, alice);

    expect(alice.digits).toBe('12');
  });

  it('gives the place back when who takes the call hangs up before the two hear each other', async () => {
    await using line = await Line.open({
      [CAROL]: twiml('<Dial><Queue url="/whisper">support</Queue></Dial>'),
      [DAVE]: takes,
    });
    line.world.hooks.reply('/whisper', twiml('<Play loop="0">/tone</Play>'));
    const alice = await line.queues(ALICE, 1);
    const bob = await line.queues(BOB, 2);
    const carol = await line.calls(CAROL);
    await alice.hears({ tone: 900 });
    await carol.hangUp();
    await line.size(2);

    const dave = await line.calls(DAVE);

    await hearEachOther(dave, alice);
    expect(await line.members()).toMatchObject([{ call_sid: await line.sidOf(BOB) }]);
    await bob.hangUp();
  });

  it('takes the next one when the first hangs up before the two hear each other', async () => {
    await using line = await Line.open({
      [CAROL]: twiml('<Dial><Queue url="/whisper">support</Queue></Dial>'),
    });
    const { hooks } = line.world;
    hooks.reply('/whisper', twiml('<Play loop="0">/tone</Play>'));
    const alice = await line.queues(ALICE, 1);
    const bob = await line.queues(BOB, 2);
    const carol = await line.calls(CAROL);
    await alice.hears({ tone: 900 });
    hooks.reply('/whisper', twiml());

    await alice.hangUp();

    await hearEachOther(carol, bob);
  });

  it('gives each of those who wait to one of those who dial', async () => {
    await using line = await Line.open({ [CAROL]: takes, [DAVE]: takes });
    await line.world.post('/Queues.json', { FriendlyName: 'support' });
    const [carol, dave] = await Promise.all([line.calls(CAROL), line.calls(DAVE)]);

    const [alice, bob] = await Promise.all([line.calls(ALICE), line.calls(BOB)]);
    await line.size(0);

    const tones = [alice.playTone(600), bob.playTone(1100)];
    const heard = async (call: PhoneCall): Promise<number> =>
      Promise.any([600, 1100].map(async (tone) => call.hears({ tone }).then(() => tone)));
    expect(new Set(await Promise.all([heard(carol), heard(dave)]))).toEqual(new Set([600, 1100]));
    for (const tone of tones) tone.stop();
  });
});

describe.concurrent('the Members of a queue', () => {
  it('are sent elsewhere by the API: the first, or one by its call, and that once', async () => {
    await using line = await Line.open();
    const { hooks } = line.world;
    hooks.reply('/elsewhere', twiml('<Play digits="6"/>'));
    const [alice, bob] = [await line.queues(ALICE, 1), await line.queues(BOB, 2)];
    const { sid } = await line.queue();
    const bobs = `/Queues/${sid}/Members/${await line.sidOf(BOB)}.json`;
    const form = { Url: hooks.at('/elsewhere'), Method: 'GET' };

    const byCall = await line.world.post(bobs, form);
    const again = await line.world.request('POST', bobs, form);
    const front = await line.world.post(`/Queues/${sid}/Members/Front.json`, form);
    const nobody = await line.world.request('POST', `/Queues/${sid}/Members/Front.json`, form);

    expect(byCall).toMatchObject({ call_sid: await line.sidOf(BOB), queue_sid: sid, position: 2 });
    expect(again).toMatchObject({ status: 404, body: { code: 20_404 } });
    expect(front).toMatchObject({ call_sid: await line.sidOf(ALICE), position: 1 });
    expect(nobody).toMatchObject({ status: 404 });
    await Promise.all([alice.hears({ digits: '6' }), bob.hears({ digits: '6' })]);
    const told = [await line.told('/left'), await line.told('/left')];
    expect(told.map(({ QueueResult }) => QueueResult)).toEqual(['redirected', 'redirected']);
  });

  it('are gone after the server was started again, and the queue is there', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tutti-queue-'));
    try {
      const world = await World.open({ env: { TUTTI_DATA: data } });
      await world.answers(waits);
      await (await world.phone(ALICE)).dial(OURS);
      await eventually(async () => {
        expect((await world.get('/Queues.json')).queues).toMatchObject([{ current_size: 1 }]);
      });
      const { accountSid, authToken } = world.tutti;
      await world.tutti.close();

      await using again = await startTestServer({
        env: { TUTTI_DATA: data, TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken },
      });

      const path = `/2010-04-01/Accounts/${accountSid}/Queues.json`;
      expect((await again.request<Json>('GET', path)).body.queues).toMatchObject([
        { friendly_name: 'support', current_size: 0 },
      ]);
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  });
});
