// Prints ratios against a bare Fastify handler, and voice figures, measured in one run on one machine.
// Figures only: nothing fails for being slow. Writes bench/results.json.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMessage, form, requestsPerSecond } from './http.mjs';
import { median, startProcess } from './process.mjs';
import { answerTimes, bridgeCapacity } from './voice.mjs';

const ROUNDS = 3;
const STARTS = 7;
const bin = new URL('../packages/cli/bin/tutti.js', import.meta.url).pathname;
const bareProgram = new URL('./bare.mjs', import.meta.url).pathname;

const directory = await mkdtemp(join(tmpdir(), 'tutti-bench-'));
const startTutti = () =>
  startProcess([bin, 'start', '--json', '--port', '0', '--sip-port', '0', '--data', directory]);
const startBare = () => startProcess([bareProgram]);
const round = (value, digits = 2) => Number(value.toFixed(digits));
const figures = {};
const tell = (name, text, values) => {
  console.log(`${name.padEnd(34)} ${text}`);
  figures[name] = values;
};

/** Start and memory, the two in turn so that both see the same machine. The first start of all makes the database. */
const starts = { bare: [], tutti: [] };
const resident = { bare: [], tutti: [] };
await (await startTutti()).stop();
for (let index = 0; index < STARTS; index += 1) {
  for (const [name, start] of [
    ['bare', startBare],
    ['tutti', startTutti],
  ]) {
    const program = await start();
    starts[name].push(program.readyMs);
    resident[name].push(await program.residentMiB());
    await program.stop();
  }
}
const startMs = { bare: median(starts.bare), tutti: median(starts.tutti) };
tell(
  'start to ready',
  `${startMs.tutti.toFixed(0)} ms, ${(startMs.tutti / startMs.bare).toFixed(2)} × bare (${startMs.bare.toFixed(0)} ms)`,
  {
    ms: round(startMs.tutti, 0),
    bareMs: round(startMs.bare, 0),
    ratio: round(startMs.tutti / startMs.bare),
  },
);
const residentMiB = { bare: median(resident.bare), tutti: median(resident.tutti) };
tell(
  'resident memory after start',
  `${residentMiB.tutti.toFixed(0)} MiB (bare ${residentMiB.bare.toFixed(0)} MiB)`,
  { mib: round(residentMiB.tutti, 1), bareMib: round(residentMiB.bare, 1) },
);

const bare = await startBare();
const tutti = await startTutti();
const credentials = Object.fromEntries(
  (await readFile(tutti.credentials, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const authorization = `Basic ${Buffer.from(`${credentials.TWILIO_ACCOUNT_SID}:${credentials.TWILIO_AUTH_TOKEN}`).toString('base64')}`;
const post = async (path, body = '') => {
  const answer = await fetch(tutti.url + path, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
  return answer.json();
};
const conversation = await post('/v1/Conversations');
const messages = `/v1/Conversations/${conversation.sid}/Messages`;
const message = await post(messages, form);

/** Requests per second, bare and Tutti in turn; the median of the rounds. */
async function compare(name, bareRequest, tuttiRequest) {
  const measured = { bare: [], tutti: [], p99: [] };
  for (let index = 0; index < ROUNDS; index += 1) {
    measured.bare.push((await requestsPerSecond(bareRequest)).perSecond);
    const { perSecond, p99Ms } = await requestsPerSecond(tuttiRequest);
    measured.tutti.push(perSecond);
    measured.p99.push(p99Ms);
  }
  const [own, other] = [median(measured.tutti), median(measured.bare)];
  tell(
    name,
    `${own.toFixed(0)}/s, ${(own / other).toFixed(2)} × bare (${other.toFixed(0)}/s), p99 ${median(measured.p99)} ms`,
    {
      perSecond: round(own, 0),
      barePerSecond: round(other, 0),
      ratio: round(own / other),
      p99Ms: median(measured.p99),
    },
  );
}
await compare(
  'create message, 32 connections',
  createMessage(bare.url + messages, authorization),
  createMessage(tutti.url + messages, authorization),
);
await compare(
  'fetch message, 32 connections',
  { url: `${bare.url}${messages}/${message.sid}`, headers: { authorization } },
  { url: `${tutti.url}${messages}/${message.sid}`, headers: { authorization } },
);
await bare.stop();

const ourNumber = '+15550100000';
await post(
  `/v1/Conversations/${conversation.sid}/Conductors`,
  `ProxyAddress=${encodeURIComponent(ourNumber)}`,
);
const answers = await answerTimes(tutti, ourNumber);
tell(
  'INVITE to 200, 20 calls a second',
  `median ${answers.medianMs.toFixed(1)} ms, p99 ${answers.p99Ms.toFixed(1)} ms (${answers.calls} calls)`,
  { medianMs: round(answers.medianMs, 1), p99Ms: round(answers.p99Ms, 1), calls: answers.calls },
);
const capacity = await bridgeCapacity(
  tutti,
  async (path) => {
    const answer = await fetch(tutti.url + path, { headers: { authorization } });
    return answer.json();
  },
  async () => {
    const { sid } = await post('/v1/Conversations');
    return (number) =>
      post(`/v1/Conversations/${sid}/Conductors`, `ProxyAddress=${encodeURIComponent(number)}`);
  },
);
tell(
  'calls with media bridged',
  `${capacity.legs} legs in ${capacity.legs / 2} two-party bridges at ${capacity.cpuPercent.toFixed(0)} % of a core, ${(capacity.lateShare * 100).toFixed(2)} % of ticks more than 20 ms late`,
  {
    legs: capacity.legs,
    cpuPercent: round(capacity.cpuPercent, 0),
    lateTickShare: round(capacity.lateShare, 4),
    cpuMicrosecondsPerLegAndTick: round(capacity.microsecondsPerLegAndTick, 1),
    steps: capacity.steps,
  },
);
await tutti.stop();
await rm(directory, { recursive: true });

const results = {
  measuredAt: new Date().toISOString(),
  node: process.version,
  cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  figures,
};
await writeFile(
  new URL('./results.json', import.meta.url),
  `${JSON.stringify(results, null, 2)}\n`,
);
