import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { connect } from './client.mjs';
import { startProcess } from './process.mjs';
import { percentile } from './statistics.mjs';

const CONNECTIONS = 32;
/** Short rounds of each load in turn, so that whatever else the machine does meets all of them. */
const SECONDS = 1;
const ROUNDS = 15;
/** Ten a second in each conversation: what is waited for is the way to the receiver, not the one before. */
const PACED_CONVERSATIONS = 20;
const PACED_PER_SECOND = 200;
const PACED_SECONDS = 5;
const RECEIVER_SLOW_MS = 3000;

const form =
  'Author=bench&Body=The+parcel+left+the+house+this+morning.&Attributes=%7B%22n%22%3A1%7D';
const receiver = new URL('./receiver.mjs', import.meta.url).pathname;

/** Adds messages to the conversations, each connection to one of them; with webhooks where the load asks for them. */
function creating(url, conversations, authorization, webhooks = false) {
  const requests = conversations.map((sid) => ({
    method: 'POST',
    path: `/v1/Conversations/${sid}/Messages`,
    headers: {
      authorization,
      'content-type': 'application/x-www-form-urlencoded',
      ...(webhooks && { 'x-twilio-webhook-enabled': 'true' }),
    },
    body: form,
  }));
  let clients = 0;
  return {
    url,
    connections: CONNECTIONS,
    setupClient: (client) => {
      client.setRequests([requests[clients % requests.length]]);
      clients += 1;
    },
  };
}

/** @throws Error for any answer that is not 2xx. */
async function run(load) {
  const result = await autocannon(load);
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${load.url}: ${result.non2xx} answers were not 2xx, ${result.errors} failed`);
  }
  return { perSecond: result.requests.total / result.duration, p99Ms: result.latency.p99 };
}

/** The best round of each load: whatever else the machine does only ever takes away. */
async function best(loads) {
  const found = loads.map(() => ({ perSecond: 0, p99Ms: Infinity }));
  for (const load of loads) await run({ ...load, duration: 1 });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, load] of loads.entries()) {
      const result = await run({ ...load, duration: SECONDS });
      if (result.perSecond > found[index].perSecond) found[index] = result;
    }
  }
  return found;
}

async function openConversations(api, count) {
  const sids = [];
  while (sids.length < count) sids.push((await api.post('/v1/Conversations')).sid);
  return sids;
}

async function addWebhooks(api, conversations, url) {
  const target = new URLSearchParams({
    Target: 'webhook',
    'Configuration.Url': url,
    'Configuration.Filters': 'onMessageAdded',
  });
  for (const sid of conversations) {
    await api.post(`/v1/Conversations/${sid}/Webhooks`, target.toString());
  }
}

/** What creating and fetching costs, beside a handler that does neither. */
export async function plain(bare, tutti) {
  const api = await connect(tutti);
  const { authorization } = api;
  const [sid] = await openConversations(api, 1);
  const { sid: messageSid } = await api.post(`/v1/Conversations/${sid}/Messages`, form);
  const fetching = ({ url }) => ({
    url: `${url}/v1/Conversations/${sid}/Messages/${messageSid}`,
    connections: CONNECTIONS,
    headers: { authorization },
  });
  const [bareCreate, create, bareFetch, fetch] = await best([
    creating(bare.url, [sid], authorization),
    creating(tutti.url, [sid], authorization),
    fetching(bare),
    fetching(tutti),
  ]);
  return { bareCreate, create, bareFetch, fetch };
}

/** What 20 conversations, each with a webhook that takes three seconds to answer, lose against 20 without. */
export async function withSlowWebhooks(tutti) {
  const api = await connect(tutti);
  const [quiet, told] = [await openConversations(api, 20), await openConversations(api, 20)];
  const slow = await startProcess([receiver, String(RECEIVER_SLOW_MS)]);
  await addWebhooks(api, told, slow.url);
  const [without, withWebhooks] = await best([
    creating(tutti.url, quiet, api.authorization, true),
    creating(tutti.url, told, api.authorization, true),
  ]);
  await slow.stop();
  return { without, withWebhooks };
}

/** Makes messages as fast as the server takes them, for so many seconds. */
export async function creatingLoad(tutti, seconds) {
  const api = await connect(tutti);
  const conversations = await openConversations(api, 1);
  return run({ ...creating(tutti.url, conversations, api.authorization), duration: seconds });
}

/**
 * Adds messages to the conversations in turn, at even distances: NOTE: the load generator's own rate sends a second's
 * worth at once, in which each waits for those before it.
 */
async function pace(url, conversations, authorization) {
  const agent = new Agent({ keepAlive: true });
  const add = async (sid) => {
    const sent = request(`${url}/v1/Conversations/${sid}/Messages`, {
      agent,
      method: 'POST',
      headers: {
        authorization,
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-webhook-enabled': 'true',
      },
    });
    sent.end(form);
    const [answer] = await once(sent, 'response');
    answer.resume();
    await once(answer, 'end');
    if (answer.statusCode !== 201) throw new Error(`${sid}: ${answer.statusCode}`);
  };
  const startedAt = performance.now();
  const adding = [];
  const total = PACED_PER_SECOND * PACED_SECONDS;
  while (adding.length < total) {
    const due = startedAt + (adding.length * 1000) / PACED_PER_SECOND;
    await sleep(due - performance.now());
    adding.push(add(conversations[adding.length % conversations.length]));
  }
  await Promise.all(adding);
  agent.destroy();
  return total;
}

/** Milliseconds from the making of a message, before its commit, to its webhook's arrival at a receiver. */
export async function wayToReceiver(tutti) {
  const api = await connect(tutti);
  const conversations = await openConversations(api, PACED_CONVERSATIONS);
  const quick = await startProcess([receiver, '0']);
  await addWebhooks(api, conversations, quick.url);
  // The first round compiles the code.
  const warm = await pace(tutti.url, conversations, api.authorization);
  await arrivals(quick, warm);
  const counted = await pace(tutti.url, conversations, api.authorization);
  const lags = (await arrivals(quick, warm + counted)).slice(warm);
  await quick.stop();
  return { medianMs: percentile(lags, 0.5), p99Ms: percentile(lags, 0.99), webhooks: lags.length };
}

/** What the receiver saw once `count` have come. */
async function arrivals(receiver, count) {
  for (;;) {
    const lags = await (await globalThis.fetch(`${receiver.url}/lags`)).json();
    if (lags.length >= count) return lags;
    await sleep(50);
  }
}
