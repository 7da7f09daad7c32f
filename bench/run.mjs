// Prints ratios against a bare Fastify handler, and voice figures, measured in one run on one machine.
// Figures only: nothing fails for being slow. Writes bench/results.json.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { addedDelay, setupRate } from './calls.mjs';
import { connect } from './client.mjs';
import { coresText, legsOnCores } from './cores.mjs';
import { creatingLoad, plain, wayToReceiver, withSlowWebhooks } from './messages.mjs';
import { doctorTimes } from './doctor.mjs';
import { createDatabase } from './postgres.mjs';
import { startProcess } from './process.mjs';
import { median } from './statistics.mjs';
import { answerTimes, bridgeCapacity, bridgesDuring } from './voice.mjs';

const STARTS = 7;
const bin = new URL('../packages/cli/bin/tutti.js', import.meta.url).pathname;
const bareProgram = new URL('./bare.mjs', import.meta.url).pathname;

const directory = await mkdtemp(join(tmpdir(), 'tutti-bench-'));
const startTutti = (env) =>
  startProcess(
    [bin, 'start', '--json', '--port', '0', '--sip-port', '0', '--data', directory],
    env,
  );
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

/** The HTTP figures of one engine; `engine` is added to their names. */
async function messageFigures(tutti, engine) {
  const bare = await startBare();
  const found = await plain(bare, tutti);
  await bare.stop();
  for (const [name, own, other] of [
    ['create message', found.create, found.bareCreate],
    ['fetch message', found.fetch, found.bareFetch],
  ]) {
    const ratio = own.perSecond / other.perSecond;
    tell(
      `${name}, 32 connections${engine}`,
      `${own.perSecond.toFixed(0)}/s, ${ratio.toFixed(2)} × bare (${other.perSecond.toFixed(0)}/s), p99 ${own.p99Ms} ms`,
      {
        perSecond: round(own.perSecond, 0),
        barePerSecond: round(other.perSecond, 0),
        ratio: round(ratio),
        p99Ms: own.p99Ms,
      },
    );
  }
  const { without, withWebhooks } = await withSlowWebhooks(tutti);
  const cost = 1 - withWebhooks.perSecond / without.perSecond;
  tell(
    `20 webhooks of 3 s${engine}`,
    `${withWebhooks.perSecond.toFixed(0)}/s against ${without.perSecond.toFixed(0)}/s without: they cost ${(cost * 100).toFixed(0)} %`,
    {
      perSecond: round(withWebhooks.perSecond, 0),
      withoutPerSecond: round(without.perSecond, 0),
      cost: round(cost),
    },
  );
}

function bridgesText({ cpuPercent, microsecondsPerLegAndTick, lateTickShare, lateFrameShare }) {
  return [
    `${cpuPercent.toFixed(0)} % of a core`,
    `${microsecondsPerLegAndTick.toFixed(1)} µs of CPU per leg and tick`,
    `${(lateTickShare * 100).toFixed(2)} % of ticks and ${(lateFrameShare * 100).toFixed(2)} % of frames more than 20 ms late`,
  ].join(', ');
}

function bridgesFigures(found) {
  return {
    legs: found.legs,
    cpuPercent: round(found.cpuPercent, 0),
    lateTickShare: round(found.lateTickShare, 4),
    lateFrameShare: round(found.lateFrameShare, 4),
    cpuMicrosecondsPerLegAndTick: round(found.microsecondsPerLegAndTick, 1),
  };
}

async function webhookFigures(tutti, engine) {
  const { medianMs, p99Ms, webhooks } = await wayToReceiver(tutti);
  tell(
    `message to its receiver${engine}`,
    `median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms (${webhooks} webhooks, 200 a second)`,
    { medianMs: round(medianMs, 1), p99Ms: round(p99Ms, 1), webhooks },
  );
}

const tutti = await startTutti();
await webhookFigures(tutti, '');
await messageFigures(tutti, '');

const ourNumber = '+15550100000';
const { get, post } = await connect(tutti);
const conversation = await post('/v1/Conversations');
await post(
  `/v1/Conversations/${conversation.sid}/Conductors`,
  `ProxyAddress=${encodeURIComponent(ourNumber)}`,
);
const answers = await answerTimes(tutti, ourNumber);
tell(
  'INVITE to 200, 20 calls a second',
  `median ${answers.medianMs.toFixed(1)} ms, p99 ${answers.p99Ms.toFixed(1)} ms (${answers.calls} calls); the first after the start ${answers.firstMs.toFixed(1)} ms`,
  {
    medianMs: round(answers.medianMs, 1),
    p99Ms: round(answers.p99Ms, 1),
    calls: answers.calls,
    firstMs: round(answers.firstMs, 1),
  },
);
const setup = await setupRate(tutti, ourNumber);
tell(
  'calls set up and ended',
  `${setup.perSecond.toFixed(0)} a second, ${setup.cpuMsPerCall.toFixed(1)} ms of CPU each`,
  { perSecond: round(setup.perSecond, 0), cpuMsPerCall: round(setup.cpuMsPerCall) },
);
const delay = await addedDelay(tutti, ourNumber);
tell(
  'mouth to ear, added by the bridge',
  `median ${delay.medianMs.toFixed(1)} ms, p99 ${delay.p99Ms.toFixed(1)} ms (${delay.bursts} bursts)`,
  { medianMs: round(delay.medianMs, 1), p99Ms: round(delay.p99Ms, 1), bursts: delay.bursts },
);
const capacity = await bridgeCapacity(tutti, { get, post });
tell(
  'calls with media bridged',
  `${capacity.legs} legs in ${capacity.legs / 2} two-party bridges at ${bridgesText(capacity)}`,
  { ...bridgesFigures(capacity), steps: capacity.steps.map(bridgesFigures) },
);
let messages;
const busy = await bridgesDuring(tutti, { get, post }, async () => {
  messages = await creatingLoad(tutti, 5);
});
tell(
  'calls while messages are created',
  `${busy.legs} legs in ${busy.legs / 2} two-party bridges during ${messages.perSecond.toFixed(0)} messages a second: ${(busy.lateFrameShare * 100).toFixed(2)} % of frames late`,
  { ...bridgesFigures(busy), messagesPerSecond: round(messages.perSecond, 0) },
);
await tutti.stop();

for (const [name, held] of [
  ['legs on one core, no frame late', true],
  ['legs on all cores, no frame late', false],
]) {
  const found = await legsOnCores({ held });
  tell(name, coresText(found), found ?? null);
}

const database = await createDatabase();
if (database === undefined) {
  console.log('PostgreSQL                         not measured: none answers');
} else {
  const onPostgres = await startTutti({ TUTTI_DATABASE_URL: database.url });
  await webhookFigures(onPostgres, ', PostgreSQL');
  await messageFigures(onPostgres, ', PostgreSQL');
  await onPostgres.stop();
  await database.drop();
}
await rm(directory, { recursive: true });

const doctor = await doctorTimes();
const doctorRatio = doctor.doctorMs / doctor.parseMs;
tell(
  'tutti doctor, 2,000 files',
  `${doctor.doctorMs.toFixed(0)} ms, ${doctorRatio.toFixed(2)} × parsing them alone (${doctor.parseMs.toFixed(0)} ms)`,
  { ms: round(doctor.doctorMs, 0), parseMs: round(doctor.parseMs, 0), ratio: round(doctorRatio) },
);

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
