// The far ends of bridged calls, in a process of their own: each says 20 ms of sound every 20 ms and times what it hears.
// Packets are made once, and a socket is shared by many, so that the machine is left to the server.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as pauseToLook, setTimeout as pause } from 'node:timers/promises';

const HOST = '127.0.0.1';
const FRAME_MS = 20;
const FRAME_BYTES = 160;
const HEADER_BYTES = 12;
const TICKS_PER_MS = 8;
/** Parties talk at different moments of a frame, as people do. */
const PHASES = 5;
/** Parties that share a socket; the server tells them apart by its own port, and so do we. */
const PARTIES_PER_SOCKET = 20;
const RECEIVE_BUFFER_BYTES = 4_194_304;
/** How fast the beat that is waited for may drift: 50 parts in a million, as clocks do. */
const DRIFT_MS = 0.001;

const phases = Array.from({ length: PHASES }, () => []);
const added = [];
const byPort = new Map();
const heard = { frames: 0, late: 0, missing: 0 };
let socket;

/** Answers the port that the next party talks from. */
async function addParty() {
  if (added.length % PARTIES_PER_SOCKET === 0) {
    socket = createSocket({
      type: 'udp4',
      lookup: (host, _options, callback) => callback(null, host, 4),
    });
    const listening = once(socket, 'listening');
    socket.bind(0, HOST);
    await listening;
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    socket.on('message', hear);
  }
  added.push(socket);
  return { party: added.length - 1, port: socket.address().port };
}

function talk(party, port) {
  const packet = Buffer.alloc(HEADER_BYTES + FRAME_BYTES);
  packet[0] = 0x80;
  packet.writeUInt32BE(party + 1, 8);
  for (let at = HEADER_BYTES; at < packet.length; at += 1) packet[at] = (at * 37 + party) & 0xff;
  phases[party % PHASES].push({ socket: added[party], port, packet, frame: 0 });
  byPort.set(port, { sequence: undefined, timestamp: 0, leastTransitMs: Infinity });
}

function say(phase) {
  for (const party of phase) {
    const { packet } = party;
    party.frame += 1;
    packet.writeUInt16BE(party.frame & 0xffff, 2);
    packet.writeUInt32BE((party.frame * FRAME_BYTES) >>> 0, 4);
    party.socket.send(packet, party.port, HOST);
  }
}

/** A frame is late that comes more than 20 ms after its moment, which the earliest frames tell. */
function hear(bytes, { port }) {
  const stream = byPort.get(port);
  if (stream === undefined || bytes.length < HEADER_BYTES + FRAME_BYTES) return;
  const now = performance.now();
  const sequence = bytes.readUInt16BE(2);
  const timestamp = bytes.readUInt32BE(4);
  if (stream.sequence !== undefined) {
    heard.missing += Math.max(0, ((sequence - stream.sequence) & 0xffff) - 1);
    stream.elapsedMs += ((timestamp - stream.timestamp) | 0) / TICKS_PER_MS;
  } else {
    stream.elapsedMs = 0;
  }
  stream.sequence = sequence;
  stream.timestamp = timestamp;
  const transitMs = now - stream.elapsedMs;
  stream.leastTransitMs = Math.min(stream.leastTransitMs + DRIFT_MS, transitMs);
  heard.frames += 1;
  if (transitMs - stream.leastTransitMs > FRAME_MS) heard.late += 1;
}

const tasks = {
  add: addParty,
  talk: ({ party, port }) => talk(party, port),
  /** What was heard since it was last asked. */
  heard: () => {
    const found = { ...heard };
    Object.assign(heard, { frames: 0, late: 0, missing: 0 });
    return found;
  },
};
process.on('message', (message) => {
  void answer(message);
});
process.on('disconnect', () => process.exit());

async function answer(message) {
  process.send((await tasks[message.task](message)) ?? null);
}

const startedAt = performance.now();
for (let turn = 0; ; turn += 1) {
  say(phases[turn % PHASES]);
  const waitMs = startedAt + ((turn + 1) * FRAME_MS) / PHASES - performance.now();
  // Turns that are late follow at once, each after a look at what has come.
  await (waitMs > 0 ? pause(waitMs) : pauseToLook());
}
