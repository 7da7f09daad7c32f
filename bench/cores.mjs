// How many legs a media engine carries with no frame more than 20 ms late: on one core, to which it is held with `taskset`,
// and on all. With the other figures, or by itself: `node bench/cores.mjs`; `node bench/cores.mjs 10 500` tells what so many
// legs cost.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startTalkers } from './voice.mjs';

const STEP_LEGS = 100;
const MOST_LEGS = 4000;
/** Bridges whose parties are another process, which times what it hears; the others talk to each other. */
const TIMED_BRIDGES = 5;
const SETTLE_SECONDS = 2;
const STEP_SECONDS = 4;
/** Of one step: whatever else the machine does only ever takes away. */
const TRIES = 3;

const engineProgram = fileURLToPath(new URL('./loopback.mjs', import.meta.url));

/** The largest step with no late tick and no late or missing frame, and what the next one had. Undefined: no `taskset`. */
export async function legsOnCores({ held }) {
  const bench = await openBench(held);
  if (bench === undefined) return undefined;
  let best;
  let beyond;
  for (let legs = STEP_LEGS; legs <= MOST_LEGS && beyond === undefined; legs += STEP_LEGS) {
    let step;
    for (let tries = 0; tries < TRIES && !isOnTime(step); tries += 1) {
      step = await bench.measure(legs);
    }
    if (isOnTime(step)) best = step;
    else beyond = step;
  }
  await bench.close();
  return { ...(best ?? { ...beyond, legs: 0 }), beyond };
}

/** An engine and, elsewhere, the parties that time it. Undefined: no `taskset`. */
async function openBench(held) {
  const command = held ? ['taskset', '-c', '0', process.execPath] : [process.execPath];
  const child = spawn(command[0], [...command.slice(1), engineProgram], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const failed = new Promise((resolve) => child.once('error', resolve));
  if ((await Promise.race([once(child, 'spawn'), failed])) instanceof Error) return undefined;
  const engine = {
    ask: async (message) => {
      child.send(message);
      return (await once(child, 'message'))[0];
    },
  };
  const talkers = startTalkers();
  await joinTimed(engine, talkers);
  let bridges = TIMED_BRIDGES;
  return {
    measure: async (legs) => {
      await engine.ask({ task: 'add', bridges: legs / 2 - bridges });
      bridges = legs / 2;
      return measure(engine, talkers);
    },
    close: async () => {
      talkers.stop();
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

function isOnTime(step) {
  return step !== undefined && step.lateTicks === 0 && step.lateFrames === 0;
}

async function joinTimed(engine, talkers) {
  for (let bridge = 0; bridge < TIMED_BRIDGES; bridge += 1) {
    const parties = [await talkers.ask({ task: 'add' }), await talkers.ask({ task: 'add' })];
    const ports = await engine.ask({ task: 'join', ports: parties.map(({ port }) => port) });
    for (const [side, { party }] of parties.entries())
      await talkers.ask({ task: 'talk', party, port: ports[side] });
  }
}

async function measure(engine, talkers) {
  await pause(SETTLE_SECONDS * 1000);
  await talkers.ask({ task: 'heard' });
  const before = await engine.ask({ task: 'usage' });
  await pause(STEP_SECONDS * 1000);
  const after = await engine.ask({ task: 'usage' });
  const heard = await talkers.ask({ task: 'heard' });
  const cpuSec = after.cpuSec - before.cpuSec;
  const ticks = after.ticks - before.ticks;
  return {
    legs: after.legs,
    lateTicks: after.lateTicks - before.lateTicks,
    lateFrames: heard.late + heard.missing,
    cpuPercent: (cpuSec * 1e5) / (after.atMs - before.atMs),
    microsecondsPerLegAndTick: (cpuSec * 1e6) / (ticks * after.legs),
  };
}

/** A line of text for what {@link legsOnCores} found. */
export function coresText(found) {
  if (found === undefined) return 'not measured: taskset is not installed';
  const { beyond } = found;
  return `${stepText(found)}${beyond === undefined ? '' : `; then ${stepText(beyond)}`}`;
}

function stepText({ legs, lateTicks, lateFrames, cpuPercent, microsecondsPerLegAndTick }) {
  const cost = `${cpuPercent.toFixed(0)} % of a core, ${microsecondsPerLegAndTick.toFixed(1)} µs per leg and tick`;
  return `${legs} legs at ${cost}, ${lateTicks} ticks and ${lateFrames} frames late`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const counts = process.argv.slice(2).map(Number);
  for (const legs of counts) {
    const bench = await openBench(false);
    console.log(stepText(await bench.measure(legs)));
    await bench.close();
  }
  if (counts.length === 0) {
    console.log(`one core    ${coresText(await legsOnCores({ held: true }))}`);
    console.log(`all cores   ${coresText(await legsOnCores({ held: false }))}`);
  }
}
