import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { Program } from '../../../cli/tests/_program.ts';
import { Api } from './_api.ts';
import { Receivers } from './_arrivals.ts';
import { compareCalls, missingCalls } from './_calls.ts';
import { compareEvents, missingEvents } from './_events.ts';
import { Ledger } from './_ledger.ts';
import { Load, pathOf } from './_load.ts';
import { Phones } from './_phones.ts';
import { Random } from './_random.ts';
import { compareRows, readRows } from './_rows.ts';
import { newSetting } from './_setting.ts';

const bin = fileURLToPath(new URL('../../../cli/bin/tutti.js', import.meta.url));
const ACCOUNT = `AC${'5'.repeat(32)}`;
const TOKEN = '7'.repeat(32);

/** When the process is killed, and how often of the whole. */
const PHASES = {
  /** At any moment of the load, once so much was acknowledged. */
  load: 45,
  /** In the turn in which an acknowledgement was read. */
  acknowledged: 20,
  /** Before it is ready. */
  start: 15,
  /** While it stops after SIGTERM, unless it was quicker. */
  stop: 20,
};
type Phase = keyof typeof PHASES;

/** A round lasts no longer, however slow the machine is. */
const LOAD_MS = 1000;
const READY_MS = 30_000;
const DELIVERED_MS = 60_000;
/** Of what is wrong; the first are the telling ones. */
const SHOWN_MAX = 30;

/** How long the whole may take, for the runner. */
export const KILL_TEST_MS = 600_000;

const rounds = Number(
  process.env['TUTTI_KILL_ROUNDS'] ?? (process.env['TUTTI_REQUIRE_ALL'] === '1' ? 50 : 8),
);

/**
 * Kills a server at work again and again, and sees that nothing is lost. `env` says where its database is. Twelve rounds
 * of it fail when an event is written in a transaction after its change's, when a webhook counts as sent before it is
 * answered, when each attempt has a token of its own, when the events of a conversation go side by side, when an index is
 * taken before the transaction, when an answer does not wait for the commit, and when a start leaves calls live.
 */
export async function surviveKills(
  engine: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const seed = process.env['TUTTI_KILL_SEED'] ?? String(Math.floor(Math.random() * 1e9));
  const again = `TUTTI_KILL_SEED=${seed} TUTTI_KILL_ROUNDS=${rounds}`;
  process.stdout.write(`kill test on ${engine}: ${again}\n`);
  const startedAt = performance.now();
  const data = await mkdtemp(join(tmpdir(), 'tutti-kill-'));
  try {
    await using trial = await Trial.open(new Random(seed), data, env);
    for (let round = 0; round < rounds; round += 1) await trial.round(round);
    await trial.finish();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`kill test on ${engine}: ${trial.summary()}; ${again}; ${seconds} s\n`);
    expect(trial.problems.slice(0, SHOWN_MAX)).toEqual([]);
  } catch (error) {
    if (error instanceof Error) error.message = `${engine}, ${again}: ${error.message}`;
    throw error;
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

class Trial implements AsyncDisposable {
  readonly problems: string[] = [];
  readonly #random: Random;
  readonly #data: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #ledger = new Ledger();
  readonly #setting = newSetting(this.#ledger);
  readonly #receivers: Receivers;
  readonly #phones: Phones;
  /** None: it had stopped by itself. */
  readonly #kills: Record<Phase | 'none', number> = {
    load: 0,
    acknowledged: 0,
    start: 0,
    stop: 0,
    none: 0,
  };
  #isPrepared = false;
  #counted = '';
  #program: Program | undefined;

  private constructor(
    random: Random,
    data: string,
    env: Readonly<Record<string, string>>,
    receivers: Receivers,
    phones: Phones,
  ) {
    this.#random = random;
    this.#data = data;
    this.#env = env;
    this.#receivers = receivers;
    this.#phones = phones;
  }

  static async open(
    random: Random,
    data: string,
    env: Readonly<Record<string, string>>,
  ): Promise<Trial> {
    const receivers = await Receivers.open(TOKEN, random.fork('receivers'));
    return new Trial(random, data, env, receivers, await Phones.open());
  }

  /** Starts the server, works on it and kills it. */
  async round(number: number): Promise<void> {
    const random = this.#random.fork(`round ${number}`);
    // The first is killed while it makes its database.
    const phase = number === 0 ? 'start' : random.weighed(PHASES);
    const program = this.#start();
    if (phase === 'start') {
      const ready = program.line('{"ready":true', READY_MS).catch(() => undefined);
      await Promise.race([ready, sleep(random.between(50, 600))]);
      await this.#kill(program, phase);
      await ready;
      return;
    }
    const { api, sip } = await this.#ready(program);
    await this.#lookBack(api, random);
    const load = new Load({
      api,
      ledger: this.#ledger,
      receivers: this.#receivers,
      setting: this.#setting,
      phones: this.#phones,
    });
    if (!this.#isPrepared) await load.prepare();
    this.#isPrepared = true;
    const work = Promise.all([load.run(random), this.#dialIn(sip, random)]);
    await Promise.all([this.#killDuring(phase, program, load, random), work]);
  }

  /** Starts it once more, waits until everything was told, and compares. */
  async finish(): Promise<void> {
    this.#receivers.calm();
    const program = this.#start();
    const { api } = await this.#ready(program);
    const rows = await readRows(api);
    const { fates, problems } = compareRows(this.#ledger, rows);
    const { arrivals } = this.#receivers;
    await vi
      .waitFor(
        () => {
          const missing = missingEvents(this.#receivers, this.#setting, fates);
          expect([...missing, ...missingCalls(arrivals, rows.calls)]).toEqual([]);
        },
        { timeout: DELIVERED_MS, interval: 100 },
      )
      .catch(() => undefined);
    program.kill('SIGTERM');
    const code = await program.exit();
    if (code !== 0) this.problems.push(`it ended with ${code} on SIGTERM`);
    this.#readLog(program);
    this.problems.push(
      ...problems,
      ...missingEvents(this.#receivers, this.#setting, fates),
      ...missingCalls(arrivals, rows.calls),
      ...compareEvents(this.#receivers, this.#ledger, fates, rows),
      ...compareCalls(arrivals, this.#phones.calls, rows),
    );
    const repeats = arrivals.filter(({ isFirst }) => !isFirst).length;
    const cut = this.#phones.calls.filter(({ isCut }) => isCut).length;
    this.#counted = [
      `${rows.conversations.length} conversations, ${rows.messages.length} messages`,
      `${rows.participants.length} participants, ${rows.conductors.length} Conductors`,
      `${rows.calls.length} calls (${cut} cut); ${arrivals.length - repeats} events, ${repeats} repeats`,
    ].join(', ');
  }

  summary(): string {
    const kills = Object.entries(this.#kills).map(([phase, count]) => `${phase} ${count}`);
    const { acknowledged, refused, unanswered } = this.#ledger.counts;
    const requests = `${acknowledged} acknowledged, ${unanswered} unanswered, ${refused} refused`;
    return `${rounds} rounds (${kills.join(', ')}); requests: ${requests}; ${this.#counted}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
    await this.#phones[Symbol.asyncDispose]();
    await this.#receivers[Symbol.asyncDispose]();
  }

  #start(): Program {
    const ports = ['--port', '0', '--sip-port', '0'];
    const args = [bin, 'start', ...ports, '--data', this.#data, '--json'];
    const account = { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: TOKEN };
    const env = { ...account, ...this.#env };
    this.#program = new Program(process.execPath, args, { cwd: this.#data, env });
    return this.#program;
  }

  async #ready(program: Program): Promise<{ readonly api: Api; readonly sip: string }> {
    const { url, sip } = JSON.parse(await program.line('{"ready":true', READY_MS)) as Record<
      'url' | 'sip',
      string
    >;
    return { api: new Api(url, ACCOUNT, TOKEN), sip };
  }

  /** Right after a start: no call lives on, and what was acknowledged last is there. */
  async #lookBack(api: Api, random: Random): Promise<void> {
    for (const status of ['queued', 'ringing', 'in-progress']) {
      const { calls } = await api.get(`/Calls.json?Status=${status}`);
      if (calls.length > 0) this.problems.push(`${calls[0].sid} is ${status} after a start`);
    }
    const latest = this.#ledger.things
      .filter(({ sid, conversation, changes }) => {
        const isWhole = changes.at(-1)?.outcome === 'acknowledged';
        return sid !== undefined && conversation !== undefined && isWhole;
      })
      .slice(-random.between(1, 5));
    for (const thing of latest) {
      const conversation = thing.conversation?.changes.at(-1);
      if (conversation?.removes !== false) continue;
      const { status, body } = await api.ask('GET', pathOf(thing));
      const { mark = '', removes } = thing.changes.at(-1) ?? {};
      const isThere = status === 200 && new RegExp(`\\b${mark}\\b`).test(JSON.stringify(body));
      if (removes ? status !== 404 : !isThere) {
        this.problems.push(`${thing.kind} ${thing.sid} after a start: ${status}, not ${mark}`);
      }
    }
  }

  /** A caller now and then. */
  async #dialIn(sip: string, random: Random): Promise<void> {
    if (!random.chance(0.5)) return;
    await sleep(random.between(0, 200));
    await this.#phones.dialIn(sip, this.#ledger.mark(), random.pick(['holds', 'leaves']));
  }

  async #killDuring(
    phase: Exclude<Phase, 'start'>,
    program: Program,
    load: Load,
    random: Random,
  ): Promise<void> {
    let left = random.between(10, 150);
    const reached = new Promise<void>((resolve) => {
      load.onAcknowledged = () => {
        left -= 1;
        if (left !== 0) return;
        if (phase === 'acknowledged') program.kill('SIGKILL');
        resolve();
      };
    });
    await Promise.race([reached, sleep(LOAD_MS)]);
    if (phase !== 'acknowledged') await sleep(random.between(0, 30));
    if (phase === 'stop') {
      program.kill('SIGTERM');
      await Promise.race([program.exit(READY_MS), sleep(random.between(0, 300))]);
    }
    await this.#kill(program, phase);
    load.stop();
    // One that was stopping may have ended them before it died.
    await this.#phones.cut({ suddenly: phase !== 'stop' });
  }

  async #kill(program: Program, phase: Phase): Promise<void> {
    program.kill('SIGKILL');
    const end = await program.exit(READY_MS);
    this.#kills[end === 'SIGKILL' ? phase : 'none'] += 1;
    if (end !== 'SIGKILL' && end !== 0) this.problems.push(`it ended with ${end} by itself`);
    this.#readLog(program);
  }

  /** A line that a person must look at. */
  #readLog({ stderr }: Program): void {
    for (const line of stderr.split('\n')) {
      if (line !== '' && !/"level":[1-4]0/.test(line)) this.problems.push(`log: ${line}`);
    }
  }
}
